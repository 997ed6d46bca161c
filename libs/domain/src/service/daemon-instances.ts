import type { ReadonlyClusterState } from '../cluster-state';
import type { ContainerInstance } from '../container-instance/container-instance';
import type { ClusterName, InstanceId } from '../ids';
import { clusterQuery } from '../query-language/cluster-query';
import type { Service, ServiceRevision } from './service';

/** What ECS Anywhere puts on the instances that it registers. */
const EXTERNAL_CAPABILITY = 'ecs.capability.external';

/**
 * The instances that a DAEMON service belongs on: ACTIVE, not lost, of its launch type, with the attributes that its tasks
 * require. Whether there is room or whether the agent is connected only delays its task.
 */
export function daemonInstances(
  state: Pick<ReadonlyClusterState, 'instances' | 'instancesOf' | 'taskDefinition' | 'tasks' | 'tasksOn'>,
  cluster: ClusterName,
  {
    placementConstraints = [],
    ...revision
  }: Pick<ServiceRevision, 'taskDefinition' | 'launchType'> & Partial<Pick<Service, 'placementConstraints'>>,
): readonly ContainerInstance[] {
  const definition = state.taskDefinition(revision.taskDefinition)?.definition;
  const required = definition?.requiresAttributes ?? [];
  const queries = [...placementConstraints, ...(definition?.placementConstraints ?? [])].flatMap(
    ({ type, expression }) => (type === 'memberOf' && expression ? [clusterQuery(expression)] : []),
  );
  const found: ContainerInstance[] = [];
  for (const id of state.instancesOf(cluster)) {
    const instance = state.instances.get(id);
    if (instance?.status !== 'ACTIVE' || instance.lostAt !== undefined) continue;
    const attributes = new Map(instance.attributes.map(({ name, value }) => [name, value]));
    if (attributes.has(EXTERNAL_CAPABILITY) !== (revision.launchType === 'EXTERNAL')) continue;
    const matches = required.every(
      ({ name, value }) => attributes.has(name) && (value === undefined || attributes.get(name) === value),
    );
    const groups = (): readonly string[] => groupsOn(state, id);
    if (matches && queries.every((query) => query.matches({ instance, groups }))) found.push(instance);
  }
  return found;
}

function groupsOn(state: Pick<ReadonlyClusterState, 'tasks' | 'tasksOn'>, instance: InstanceId): readonly string[] {
  return [...state.tasksOn(instance)].flatMap((id) => state.tasks.get(id)?.group ?? []);
}
