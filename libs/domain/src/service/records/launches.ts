import type { EpochMs } from '../../ids';
import type { Task } from '../../task/records/task';
import { HEALTHY_AFTER_MS, hasHealthCheck } from './limits';
import { type Deployment, NO_LAUNCH_FAILURES, type Service } from './service';

/** A change of a task of a deployment. `before` is undefined if the task was just placed. */
export interface TaskChange {
  readonly before: Task | undefined;
  readonly after: Task;
  readonly at: EpochMs;
}

/** Longest failure reason that a deployment keeps, in characters. */
const FAILURE_REASON_LENGTH_MAX = 1_024;

/**
 * Returns the deployment with its failures and successes after a change of one of its tasks. A task has failed if it
 * ended by itself, or was stopped as unhealthy, before it was healthy. A task that becomes healthy ends the backoff,
 * and resets the circuit breaker unless the user disabled that.
 */
export function withLaunch(deployment: Deployment, service: Service, change: TaskChange): Deployment {
  const started = withStart(deployment, change);
  const { before, after, at } = change;
  const end = endOf(change);
  const isHealthy = hasBeenHealthy(after, deployment, at);
  if (end && !isHealthy) return withFailure(started, end, change);
  // No event marks the time at which a task without a health check has been RUNNING for long enough, so its end is
  // used.
  const becomesHealthy = isJudged(after, deployment) ? !before || !hasBeenHealthy(before, deployment, at) : end;
  return isHealthy && becomesHealthy ? withSuccess(started, service) : started;
}

/** Returns the deployment after a success, which ends the backoff. */
export function withSuccess(
  deployment: Deployment,
  { deploymentConfiguration: { deploymentCircuitBreaker } }: Service,
): Deployment {
  const resets = deploymentCircuitBreaker.resetOnHealthyTask !== false;
  const failedTasks = resets ? 0 : deployment.failedTasks;
  if (failedTasks === deployment.failedTasks && deployment.launches.generations === 0) return deployment;
  return { ...deployment, failedTasks, launches: NO_LAUNCH_FAILURES };
}

/**
 * Returns true if all health checks and load balancers of a task have found it healthy once. A task with neither is
 * judged by its time as RUNNING.
 */
export function hasBeenHealthy(task: Task, deployment: Deployment, at: EpochMs): boolean {
  const { startedAt, healthyAt, servedAt } = task;
  if (!isJudged(task, deployment)) return startedAt !== undefined && at - startedAt >= HEALTHY_AFTER_MS;
  return (!hasHealthCheck(task) || healthyAt !== undefined) && (!isTarget(deployment) || servedAt !== undefined);
}

const isTarget = ({ revision }: Deployment): boolean => (revision.loadBalancers?.length ?? 0) > 0;

const isJudged = (task: Task, deployment: Deployment): boolean => hasHealthCheck(task) || isTarget(deployment);

function withStart(deployment: Deployment, { before, after }: TaskChange): Deployment {
  const starts = before?.startedAt === undefined && after.startedAt !== undefined;
  return starts && !deployment.hasStarted ? { ...deployment, hasStarted: true } : deployment;
}

type End = 'by-itself' | 'unhealthy';

/** Returns the kind of failure if the change ends the task and no other decision stopped it. */
function endOf({ before, after }: TaskChange): End | undefined {
  if (after.stoppedUnhealthy && !before?.stoppedUnhealthy) return 'unhealthy';
  const itself = after.stopCode === 'TaskFailedToStart' || after.stopCode === 'EssentialContainerExited';
  return after.lastStatus === 'STOPPED' && itself ? 'by-itself' : undefined;
}

/**
 * Returns the deployment after a failure. After a task that was stopped as unhealthy, the backoff starts at its
 * placement, so that the task can be kept until its replacement may start.
 */
export function withFailure(deployment: Deployment, end: End, { after, at }: Omit<TaskChange, 'before'>): Deployment {
  const { launches, failedTasks } = deployment;
  const lastAt = end === 'unhealthy' ? Math.max(launches.lastAt ?? 0, after.createdAt) : at;
  const isNextGeneration = launches.generationAt === undefined || after.createdAt > launches.generationAt;
  return {
    ...deployment,
    failedTasks: failedTasks + Number(end === 'by-itself' && countsForBreaker(deployment, after)),
    lastFailure: failureReason(after),
    launches: isNextGeneration
      ? { generations: launches.generations + 1, generationAt: at, lastAt }
      : { ...launches, lastAt },
  };
}

/**
 * Tasks that never reach RUNNING count until one does. Tasks that end after RUNNING always count. Tasks that are
 * stopped as unhealthy are counted in the step that stops them.
 */
function countsForBreaker({ rolloutState, hasStarted }: Deployment, { startedAt }: Task): boolean {
  return rolloutState === 'IN_PROGRESS' && (startedAt !== undefined || !hasStarted);
}

/**
 * Returns the reason of a failure: the task's own reason, followed by the errors of its essential containers if the
 * task's reason does not contain them.
 */
export function failureReason({
  stoppedReason = '',
  stopCode,
  containers,
}: Pick<Task, 'stoppedReason' | 'stopCode' | 'containers'>): string {
  const ends = containers.flatMap(({ essential, name, exitCode, reason }) => {
    if (!essential || (exitCode === undefined && reason === undefined)) return [];
    const code = exitCode === undefined ? 'failed' : `exited with code ${String(exitCode)}`;
    return [`container ${name} ${code}${reason === undefined ? '' : ` (${reason})`}`];
  });
  const isPlain = stopCode === 'EssentialContainerExited' && ends.length > 0;
  return (isPlain ? `${stoppedReason}: ${ends.join(', ')}` : stoppedReason).slice(0, FAILURE_REASON_LENGTH_MAX);
}
