import type { ReadonlyClusterState } from '../state/cluster-state';
import { activeCluster } from '../cluster/find-cluster';
import type { ClusterName, TaskId } from '../ids';
import { invalidParameter, type Refusal } from '../refusal';
import type { TaskStopRequested } from './records/task';

export interface StopTask {
  readonly cluster: ClusterName;
  readonly task: TaskId;
  readonly reason?: string | undefined;
}

/** Longest reason that a user can give in characters, the same as for agents (ecs-api 5.5.5). */
export const STOP_REASON_LENGTH_MAX = 1_024;
const DEFAULT_REASON = 'Task stopped by user';
const TASK_NOT_FOUND = 'The referenced task was not found.';

/**
 * Decides StopTask. The first decision stays.
 *
 * @throws Refusal if the task is unknown. STOPPED tasks have left the state, so a caller with access to the history
 * uses {@link isTaskNotFound} to respond with the stopped task.
 */
export function decideStopTask(
  state: ReadonlyClusterState,
  { cluster, task: id, reason }: StopTask,
): readonly TaskStopRequested[] {
  activeCluster(state, cluster);
  if (reason !== undefined && reason.length > STOP_REASON_LENGTH_MAX) {
    throw invalidParameter(`reason can have at most ${STOP_REASON_LENGTH_MAX} characters.`);
  }
  const task = state.tasks.get(id);
  if (task?.cluster !== cluster) throw invalidParameter(TASK_NOT_FOUND);
  if (task.desiredStatus === 'STOPPED') return [];
  return [
    {
      type: 'TaskStopRequested',
      version: 1,
      cluster,
      instance: task.instance,
      task: id,
      stopCode: 'UserInitiated',
      stoppedReason: reason === undefined || reason === '' ? DEFAULT_REASON : reason,
    },
  ];
}

/** Returns true if the error is StopTask's rejection of a task that is unknown or STOPPED. */
export function isTaskNotFound({ code, message }: Pick<Refusal, 'code' | 'message'>): boolean {
  return code === 'InvalidParameterException' && message === TASK_NOT_FOUND;
}
