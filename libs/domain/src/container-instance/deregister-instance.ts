import type { ReadonlyClusterState } from '../state/cluster-state';
import { activeCluster } from '../cluster/find-cluster';
import type { ClusterName, InstanceId } from '../ids';
import { invalidParameter } from '../refusal';
import type { TasksGivenUp } from '../task/records/task';
import type { InstanceDeregistered } from './records/container-instance';
import { knownInstance } from './find-instance';

export interface DeregisterInstance {
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly force: boolean;
}

/**
 * Decides DeregisterContainerInstance. With `force` the same transaction marks the tasks STOPPED, while their
 * containers keep running on the host as orphans (ecs-api 5.2).
 *
 * @throws Refusal if the instance is unknown, or has tasks and `force` is not set.
 */
export function decideDeregisterInstance(
  state: ReadonlyClusterState,
  { cluster, instance: id, force }: DeregisterInstance,
): readonly (InstanceDeregistered | TasksGivenUp)[] {
  activeCluster(state, cluster);
  const instance = knownInstance(state, cluster, id);
  const tasks = [...state.tasksOn(instance.id)];
  if (tasks.length > 0 && !force) throw invalidParameter('Found running tasks on the instance.');
  const deregistered: InstanceDeregistered = { type: 'InstanceDeregistered', version: 1, cluster, instance: id, force };
  if (tasks.length === 0) return [deregistered];
  const givenUp: TasksGivenUp = {
    type: 'TasksGivenUp',
    version: 1,
    cluster,
    instance: id,
    tasks,
    stopCode: 'UserInitiated',
    stoppedReason: 'Container instance deregistration forced by user',
  };
  return [givenUp, deregistered];
}
