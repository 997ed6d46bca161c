import type { ReadonlyClusterState } from '../state/cluster-state';
import type { ClusterName, EpochMs, InstanceId } from '../ids';
import type { TasksGivenUp } from '../task/records/task';
import type { InstanceLost, InstanceRecovered } from './records/container-instance';
import { registeredInstance } from './find-instance';

/**
 * The instance is given up and its tasks are over in the books, so that services replace them. Nothing when the books
 * hold its agent for connected, or gave it up before.
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
  /** The loss after which the agent cleaned up. */
  readonly lostAt: EpochMs;
}

/** The agent of a lost instance has removed what was given up. Nothing when that was not the last loss. */
export function decideRecovery(
  state: ReadonlyClusterState,
  { cluster, instance, lostAt }: RecoverInstance,
): readonly InstanceRecovered[] {
  if (registeredInstance(state, cluster, instance)?.lostAt !== lostAt) return [];
  return [{ type: 'InstanceRecovered', version: 1, cluster, instance }];
}
