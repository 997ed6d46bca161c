/** Task statuses in the order of the lifecycle (ecs-api 5.5.1). A task only moves forward. */
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
/** The status that the control plane wants. The agent never writes it. */
export type DesiredStatus = 'RUNNING' | 'STOPPED';
/** Category of the reason why a task stopped (ecs-api 5.5.5). */
export type StopCode =
  | 'EssentialContainerExited'
  | 'InfrastructureHealth'
  | 'ServiceSchedulerInitiated'
  | 'SpotInterruption'
  | 'TaskFailedToStart'
  | 'TerminationNotice'
  | 'UserInitiated';

/** Returns true if `next` follows `current` in the lifecycle of a task. */
export function isForward(current: TaskStatus, next: TaskStatus): boolean {
  return TASK_STATUSES.indexOf(next) > TASK_STATUSES.indexOf(current);
}

/**
 * Returns the counter of a task in this status. A task counts as running from RUNNING until STOPPED (ecs-api:
 * runningTasksCount), and as pending before.
 */
export function countsAs(status: TaskStatus): 'pending' | 'running' | 'stopped' {
  if (status === 'STOPPED') return 'stopped';
  return isForward('ACTIVATING', status) ? 'running' : 'pending';
}
