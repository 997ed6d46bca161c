import type { DesiredStatus } from '@stowage/domain';
import { isRestartDue } from '../containers/container-life';
import type { Readiness } from './container-order';
import type { ContainerFacts, Failure } from '../containers/facts';
import type { ContainerPlan } from './task-plan';

/** The next step for a container. */
export type Step =
  | { readonly do: 'pull' }
  | { readonly do: 'create' }
  | { readonly do: 'start' }
  | { readonly do: 'restart' }
  | { readonly do: 'stop'; readonly graceMs: number }
  | { readonly do: 'give-up'; readonly because: Failure };

/** The constraints that the task and its other containers impose. */
export interface Surroundings {
  readonly readiness: Readiness;
  readonly mayStop: boolean;
  /** Volumes, cgroup and shared namespaces exist. */
  readonly prepared: boolean;
}

/**
 * Returns the step that brings the container closer to its desired status, or undefined if no step is necessary or
 * possible.
 */
export function nextStep(
  desired: DesiredStatus,
  plan: ContainerPlan,
  seen: ContainerFacts,
  around: Surroundings,
): Step | undefined {
  const state = seen.observed?.state;
  if (seen.busy) return undefined;
  if (desired === 'STOPPED') {
    return state === 'running' && around.mayStop ? { do: 'stop', graceMs: plan.stopTimeoutMs } : undefined;
  }
  if (seen.failure || state === 'running' || state === 'gone') return undefined;
  if (state === 'exited') return isRestartDue(plan, seen, desired) ? { do: 'restart' } : undefined;
  if (state === 'created') return { do: 'start' };
  if (around.readiness.may === 'never') return { do: 'give-up', because: around.readiness.because };
  if (!seen.image) return { do: 'pull' };
  return around.readiness.may === 'go' && around.prepared ? { do: 'create' } : undefined;
}
