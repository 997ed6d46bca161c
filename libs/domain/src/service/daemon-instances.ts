import type { ReadonlyClusterState } from '../cluster-state';
import type { ContainerInstance } from '../container-instance/container-instance';
import type { ClusterName } from '../ids';
import type { ServiceRevision } from './service';

/** What ECS Anywhere puts on the instances that it registers. */
const EXTERNAL_CAPABILITY = 'ecs.capability.external';

/**
 * The instances that a DAEMON service belongs on: ACTIVE, not lost, of its launch type, with the attributes that its tasks
 * require. Whether there is room or whether the agent is connected only delays its task.
 */
export function daemonInstances(
  state: Pick<ReadonlyClusterState, 'instances' | 'instancesOf' | 'taskDefinition'>,
  cluster: ClusterName,
  revision: Pick<ServiceRevision, 'taskDefinition' | 'launchType'>,
): readonly ContainerInstance[] {
  const required = state.taskDefinition(revision.taskDefinition)?.definition.requiresAttributes ?? [];
  const found: ContainerInstance[] = [];
  for (const id of state.instancesOf(cluster)) {
    const instance = state.instances.get(id);
    if (instance?.status !== 'ACTIVE' || instance.lostAt !== undefined) continue;
    const attributes = new Map(instance.attributes.map(({ name, value }) => [name, value]));
    if (attributes.has(EXTERNAL_CAPABILITY) !== (revision.launchType === 'EXTERNAL')) continue;
    const matches = required.every(
      ({ name, value }) => attributes.has(name) && (value === undefined || attributes.get(name) === value),
    );
    if (matches) found.push(instance);
  }
  return found;
}
