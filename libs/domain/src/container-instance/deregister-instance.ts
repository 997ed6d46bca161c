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
 * The instance leaves its cluster. With `force` the books give up its tasks in the same transaction; the containers
 * themselves go on, orphaned, on the host (ecs-api 5.2).
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
