/** The order of a task's life (ecs-api 5.5.1). It only ever moves to the right. */
export const TASK_STATUSES = [
  'PROVISIONING',
  'PENDING',
  'ACTIVATING',
  'RUNNING',
  'DEACTIVATING',
  'STOPPING',
  'DEPROVISIONING',
  'STOPPED',
] as const;

export type TaskStatus = (typeof TASK_STATUSES)[number];
/** What the control plane wants; the agent never writes it. */
export type DesiredStatus = 'RUNNING' | 'STOPPED';
/** Why a task stopped (ecs-api 5.5.5). */
export type StopCode =
  | 'EssentialContainerExited'
  | 'InfrastructureHealth'
  | 'ServiceSchedulerInitiated'
  | 'SpotInterruption'
  | 'TaskFailedToStart'
  | 'TerminationNotice'
  | 'UserInitiated';

/** Whether `next` comes after `current` in a task's life. */
export function isForward(current: TaskStatus, next: TaskStatus): boolean {
  return TASK_STATUSES.indexOf(next) > TASK_STATUSES.indexOf(current);
}

/** RUNNING counts from RUNNING until STOPPED (ecs-api: runningTasksCount), PENDING is everything before. */
export function countsAs(status: TaskStatus): 'pending' | 'running' | 'stopped' {
  if (status === 'STOPPED') return 'stopped';
  return isForward('ACTIVATING', status) ? 'running' : 'pending';
}
