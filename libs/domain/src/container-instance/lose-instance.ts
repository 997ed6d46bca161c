import type { ReadonlyClusterState } from '../state/cluster-state';
import type { ClusterName, EpochMs, InstanceId } from '../ids';
import type { TasksGivenUp } from '../task/records/task';
import type { InstanceLost, InstanceRecovered } from './records/container-instance';
import { registeredInstance } from './find-instance';

/**
 * Marks the instance as lost and its tasks as STOPPED, so that services replace them. Returns no events if the agent is
 * connected or the instance is already lost.
 */
export function decideLoss(state: ReadonlyClusterState, id: InstanceId): readonly (InstanceLost | TasksGivenUp)[] {
  const instance = state.instances.get(id);
  if (!instance || instance.status === 'INACTIVE' || instance.agentConnected || instance.lostAt !== undefined)
    return [];
  const about = { version: 1, cluster: instance.cluster, instance: id } as const;
  const lost: InstanceLost = { ...about, type: 'InstanceLost' };
  const tasks = [...state.tasksOn(id)];
  if (tasks.length === 0) return [lost];
  const givenUp: TasksGivenUp = {
    ...about,
    type: 'TasksGivenUp',
    tasks,
    stopCode: 'InfrastructureHealth',
    stoppedReason: `Host EC2 (instance ${instance.ec2InstanceId}) stopped/terminated.`,
  };
  return [lost, givenUp];
}

export interface RecoverInstance {
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  /** Time of the loss after which the agent cleaned up. */
  readonly lostAt: EpochMs;
}

/**
 * Ends the loss of an instance whose agent has removed all containers of the stopped tasks. Returns no events if
 * `lostAt` is not the latest loss.
 */
export function decideRecovery(
  state: ReadonlyClusterState,
  { cluster, instance, lostAt }: RecoverInstance,
): readonly InstanceRecovered[] {
  if (registeredInstance(state, cluster, instance)?.lostAt !== lostAt) return [];
  return [{ type: 'InstanceRecovered', version: 1, cluster, instance }];
}
