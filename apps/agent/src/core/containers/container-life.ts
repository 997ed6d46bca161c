import type { DesiredStatus, EpochMs } from '@stowage/domain';
import type { ContainerFacts } from './facts';
import type { ContainerPlan } from '../tasks/task-plan';

/** Whether the container is running now. */
export function isRunning(facts: ContainerFacts): boolean {
  return facts.observed?.state === 'running';
}

/** Whether it ever ran. */
export function hasStarted(facts: ContainerFacts): boolean {
  return facts.observed?.startedAt !== undefined;
}

/** Whether it ran and ended, or was taken away; a restart in place may still follow. */
export function hasExited({ observed }: ContainerFacts): boolean {
  return observed?.state === 'exited' || observed?.state === 'gone';
}

/**
 * Whether the restart policy brings it back: it exited on its own, with a code that is not ignored, after it had run for
 * the attempt period at least (ecs-api 5.17).
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

/** Whether its life is over for good. */
export function isOver(plan: ContainerPlan, facts: ContainerFacts, desired: DesiredStatus): boolean {
  if (facts.busy || isRunning(facts)) return false;
  if (facts.failure) return true;
  return hasExited(facts) && !isRestartDue(plan, facts, desired);
}
