import type { EpochMs } from '@stowage/domain';
import { hasExited, hasStarted, isOver, isRestartDue, isRunning } from '../containers/container-life';
import { type ContainerFacts, factsOf, type Failure, type TaskFacts } from '../containers/facts';
import type { ContainerPlan, Dependency, TaskPlan } from './task-plan';

/**
 * The decision about a container from its dependencies: create it, wait (until a timeout, if there is one), or never
 * create it.
 */
export type Readiness =
  | { readonly may: 'go' }
  | { readonly may: 'wait'; readonly until?: EpochMs }
  | { readonly may: 'never'; readonly because: Failure };

const GO: Readiness = { may: 'go' };
const WAIT: Readiness = { may: 'wait' };

/** Decides if `container` may be created now, which requires that all of its dependencies are met. */
export function startReadiness(plan: TaskPlan, container: ContainerPlan, facts: TaskFacts, now: EpochMs): Readiness {
  let until: EpochMs | undefined;
  let waits = false;
  for (const dependency of container.dependencies) {
    const readiness = dependencyReadiness(plan, dependency, facts, now);
    if (readiness.may === 'never') return readiness;
    if (readiness.may === 'go') continue;
    waits = true;
    if (readiness.until !== undefined) until = Math.min(until ?? readiness.until, readiness.until);
  }
  if (!waits) return GO;
  return until === undefined ? WAIT : { may: 'wait', until };
}

function dependencyReadiness(plan: TaskPlan, dependency: Dependency, facts: TaskFacts, now: EpochMs): Readiness {
  const other = plan.containers.find(({ name }) => name === dependency.on);
  if (!other) return never(`Container ${dependency.on} is not in the task definition.`);
  const seen = factsOf(facts, other.name);
  if (isMet(dependency, seen)) return GO;
  const impossible = whyImpossible(dependency, other, seen);
  if (impossible) return never(impossible);
  if (other.startTimeoutMs === undefined || seen.observed?.startedAt === undefined) return WAIT;
  const until = seen.observed.startedAt + other.startTimeoutMs;
  if (now < until) return { may: 'wait', until };
  return never(`Container ${other.name} did not reach ${dependency.condition} within its start timeout.`);
}

function isMet({ condition }: Dependency, seen: ContainerFacts): boolean {
  switch (condition) {
    case 'CREATE':
      return seen.observed !== undefined;
    case 'START':
      return hasStarted(seen);
    case 'COMPLETE':
      return hasExited(seen);
    case 'SUCCESS':
      return hasExited(seen) && seen.observed?.exitCode === 0;
    case 'HEALTHY':
      return isRunning(seen) && seen.observed?.health === 'HEALTHY';
  }
}

/** A dependency that has stopped for good without meeting its condition never meets it. */
function whyImpossible({ condition }: Dependency, other: ContainerPlan, seen: ContainerFacts): string | undefined {
  if (seen.failure) return `Container ${other.name} could not be started.`;
  if (!isOver(other, seen, 'RUNNING') || isRestartDue(other, seen, 'RUNNING')) return undefined;
  if (condition === 'SUCCESS') {
    return `Container ${other.name} did not exit successfully (exit code ${String(seen.observed?.exitCode ?? 'unknown')}).`;
  }
  return condition === 'HEALTHY' ? `Container ${other.name} stopped before it was healthy.` : undefined;
}

function never(message: string): Readiness {
  return { may: 'never', because: { error: 'TaskDependencyError', message } };
}

/**
 * Returns true if `container` may be stopped now. Shutdown runs in reverse order, so all containers that depend on it
 * must have stopped.
 */
export function mayStop(plan: TaskPlan, container: ContainerPlan, facts: TaskFacts): boolean {
  return !plan.containers.some(
    (other) =>
      other.dependencies.some(({ on }) => on === container.name) &&
      (isRunning(factsOf(facts, other.name)) || factsOf(facts, other.name).busy),
  );
}
