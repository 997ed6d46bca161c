import type { ReadonlyClusterState } from '../state/cluster-state';
import { activeCluster } from '../cluster/find-cluster';
import type { ClusterName, TaskId } from '../ids';
import { invalidParameter, type Refusal } from '../refusal';
import type { TaskStopRequested } from './records/task';

export interface StopTask {
  readonly cluster: ClusterName;
  readonly task: TaskId;
  readonly reason?: string;
}

/** So long is the reason that a user may give: as long as an agent's (ecs-api 5.5.5). */
export const STOP_REASON_LENGTH_MAX = 1_024;
const DEFAULT_REASON = 'Task stopped by user';
const TASK_NOT_FOUND = 'The referenced task was not found.';

/**
 * Decides that the task stops; the first decision stays. A task that is STOPPED has left the state and is refused like
 * one that never was: who keeps history can tell by {@link isTaskNotFound} and answer with the stopped task.
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

/** Whether this is StopTask's refusal of a task that is not known as one that runs. */
export function isTaskNotFound({ code, message }: Pick<Refusal, 'code' | 'message'>): boolean {
  return code === 'InvalidParameterException' && message === TASK_NOT_FOUND;
}
