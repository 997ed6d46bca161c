import type { DesiredStatus } from '@stowage/domain';
import { isRestartDue } from '../containers/container-life';
import type { Readiness } from './container-order';
import type { ContainerFacts, Failure } from '../containers/facts';
import type { ContainerPlan } from './task-plan';

/** The one thing to do next with a container. */
export type Step =
  | { readonly do: 'pull' }
  | { readonly do: 'create' }
  | { readonly do: 'start' }
  | { readonly do: 'restart' }
  | { readonly do: 'stop'; readonly graceMs: number }
  | { readonly do: 'give-up'; readonly because: Failure };

/** What the other containers of the task allow. */
export interface Surroundings {
  readonly readiness: Readiness;
  readonly mayStop: boolean;
  /** Volumes, cgroup and shared namespaces are there. */
  readonly prepared: boolean;
}

/** One decision, no I/O: what brings this container nearer to what is desired; undefined when there is nothing to do. */
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
