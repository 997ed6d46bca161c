import type { EpochMs } from '../../ids';
import type { Task } from '../../task/records/task';
import { countsAs } from '../../task/records/task-status';
import { changeDeployment, withoutEmpty } from './evolve-service';
import { hasHealthCheck } from './limits';
import { type Deployment, NO_LAUNCH_FAILURES, type Service } from './service';

/**
 * What a change of a task changes in its service: counters, failures, resets. The same service when nothing. `before`
 * is undefined when the task was just placed.
 */
export function serviceAfterTask(service: Service, before: Task | undefined, after: Task, at: EpochMs): Service {
  if (!after.service) return service;
  const changed = changeDeployment(service, after.service.deployment, (deployment) => {
    const counted = withCounts(deployment, before, after);
    const judged = withLaunch(withHealth(counted, service, before, after), service, { before, after, at });
    return judged === deployment ? deployment : { ...judged, updatedAt: at };
  });
  return changed === service ? service : withoutEmpty(changed);
}

function withCounts(deployment: Deployment, before: Task | undefined, after: Task): Deployment {
  const [was, is] = [countsOf(before), countsOf(after)];
  const [pending, running, wanted] = [is.pending - was.pending, is.running - was.running, is.wanted - was.wanted];
  if (pending === 0 && running === 0 && wanted === 0) return deployment;
  return {
    ...deployment,
    pendingCount: deployment.pendingCount + pending,
    runningCount: deployment.runningCount + running,
    wantedCount: deployment.wantedCount + wanted,
  };
}

function countsOf(task: Task | undefined): {
  readonly pending: number;
  readonly running: number;
  readonly wanted: number;
} {
  const status = task ? countsAs(task.lastStatus) : 'stopped';
  return {
    pending: Number(status === 'pending'),
    running: Number(status === 'running'),
    wanted: Number(status !== 'stopped' && task?.desiredStatus === 'RUNNING'),
  };
}

/** A task that becomes healthy sets the circuit breaker back, unless the user does not want that. */
function withHealth(deployment: Deployment, service: Service, before: Task | undefined, after: Task): Deployment {
  const becomesHealthy = after.healthStatus === 'HEALTHY' && before?.healthStatus !== 'HEALTHY';
  return becomesHealthy && resets(service) ? withoutFailures(deployment) : deployment;
}

/** Whether a task ever got RUNNING is what throttles starts, and the circuit breaker's first stage. */
function withLaunch(
  deployment: Deployment,
  service: Service,
  { before, after, at }: { readonly before: Task | undefined; readonly after: Task; readonly at: EpochMs },
): Deployment {
  if (before?.startedAt === undefined && after.startedAt !== undefined) {
    const launched = { ...deployment, hasStarted: true, launches: NO_LAUNCH_FAILURES };
    // Of a task that is checked the verdict counts: it may run, and never serve.
    const isHealthy = !hasHealthCheck(after) && !deployment.revision.loadBalancers?.length;
    return isHealthy && resets(service) ? withoutFailures(launched) : launched;
  }
  if (!failedToStart(after)) return deployment;
  const { launches, hasStarted, rolloutState } = deployment;
  const isNextGeneration = launches.generationAt === undefined || after.createdAt > launches.generationAt;
  return {
    ...deployment,
    failedTasks: deployment.failedTasks + Number(!hasStarted && rolloutState === 'IN_PROGRESS'),
    launches: isNextGeneration
      ? { generations: launches.generations + 1, generationAt: at, lastAt: at }
      : { ...launches, lastAt: at },
  };
}

const resets = ({ deploymentConfiguration }: Service): boolean =>
  deploymentConfiguration.deploymentCircuitBreaker.resetOnHealthyTask !== false;

function withoutFailures(deployment: Deployment): Deployment {
  return deployment.failedTasks === 0 ? deployment : { ...deployment, failedTasks: 0 };
}

/** The task is over, never was RUNNING, and nobody wanted that. */
function failedToStart({ lastStatus, startedAt, stopCode }: Task): boolean {
  const itself = stopCode === 'TaskFailedToStart' || stopCode === 'EssentialContainerExited';
  return lastStatus === 'STOPPED' && startedAt === undefined && itself;
}
