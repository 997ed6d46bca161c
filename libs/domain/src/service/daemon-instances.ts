import type { ReadonlyClusterState } from '../state/cluster-state';
import type { ContainerInstance } from '../container-instance/records/container-instance';
import { hasAttributes, launchTypeOf } from '../container-instance/runs-on';
import type { ClusterName, InstanceId } from '../ids';
import { clusterQuery } from '../query-language/cluster-query';
import type { Service, ServiceRevision } from './records/service';

/**
 * Returns the instances that need a task of a DAEMON service: ACTIVE, not lost, of its launch type, and with the
 * attributes that its tasks require. Lack of room or a disconnected agent only delays the task.
 */
export function daemonInstances(
  state: Pick<ReadonlyClusterState, 'instances' | 'instancesOf' | 'taskDefinition' | 'tasks' | 'tasksOn'>,
  cluster: ClusterName,
  {
    placementConstraints = [],
    taskDefinition,
    launchType,
  }: Pick<ServiceRevision, 'taskDefinition' | 'launchType'> & Partial<Pick<Service, 'placementConstraints'>>,
): readonly ContainerInstance[] {
  const definition = state.taskDefinition(taskDefinition)?.definition;
  const required = definition?.requiresAttributes ?? [];
  const queries = [...placementConstraints, ...(definition?.placementConstraints ?? [])].flatMap(
    ({ type, expression }) => (type === 'memberOf' && expression ? [clusterQuery(expression)] : []),
  );
  const found: ContainerInstance[] = [];
  for (const id of state.instancesOf(cluster)) {
    const instance = state.instances.get(id);
    if (instance?.status !== 'ACTIVE' || instance.lostAt !== undefined) continue;
    if (launchTypeOf(instance) !== launchType || !hasAttributes(required, instance)) continue;
    const groups = (): readonly string[] => groupsOn(state, id);
    if (queries.every((query) => query.matches({ instance, groups }))) found.push(instance);
  }
  return found;
}

function groupsOn(state: Pick<ReadonlyClusterState, 'tasks' | 'tasksOn'>, instance: InstanceId): readonly string[] {
  return [...state.tasksOn(instance)].flatMap((id) => state.tasks.get(id)?.group ?? []);
}
