import type { DesiredStatus, EpochMs } from '@stowage/domain';
import type { ContainerFacts } from './facts';
import type { ContainerPlan } from '../tasks/task-plan';

/** Returns true if the container is running now. */
export function isRunning(facts: ContainerFacts): boolean {
  return facts.observed?.state === 'running';
}

/** Returns true if the container has run at least once. */
export function hasStarted(facts: ContainerFacts): boolean {
  return facts.observed?.startedAt !== undefined;
}

/** Returns true if the container has run and exited, or was removed. The restart policy may still start it again. */
export function hasExited({ observed }: ContainerFacts): boolean {
  return observed?.state === 'exited' || observed?.state === 'gone';
}

/**
 * Returns true if the restart policy starts the container again: it exited on its own, its exit code is not ignored,
 * and it ran for at least the attempt period (ecs-api 5.17).
 */
export function isRestartDue(plan: ContainerPlan, facts: ContainerFacts, desired: DesiredStatus): boolean {
  const { observed } = facts;
  const policy = plan.restartPolicy;
  if (!policy || desired === 'STOPPED' || facts.failure || observed?.state !== 'exited') return false;
  if (policy.ignoredExitCodes.includes(observed.exitCode ?? 0)) return false;
  return ranForMs(observed) >= policy.attemptPeriodMs;
}

function ranForMs({ startedAt, finishedAt }: { readonly startedAt?: EpochMs; readonly finishedAt?: EpochMs }): number {
  return startedAt === undefined || finishedAt === undefined ? 0 : finishedAt - startedAt;
}

/** Returns true if the container has stopped and will not start again. */
export function isOver(plan: ContainerPlan, facts: ContainerFacts, desired: DesiredStatus): boolean {
  if (facts.busy || isRunning(facts)) return false;
  if (facts.failure) return true;
  return hasExited(facts) && !isRestartDue(plan, facts, desired);
}
