import type { DesiredStatus, EpochMs } from '@stowage/domain';
import { mayStop, startReadiness } from './container-order';
import { factsOf, type TaskFacts } from '../containers/facts';
import { nextStep, type Step } from './next-step';
import { agentStop } from './stop-reason';
import type { ContainerPlan, TaskPlan } from './task-plan';
import { executionStoppedAt } from './task-progress';

/** The next steps of a whole task. */
export interface TaskSteps {
  /** The start of the task must be stored before its first step. */
  readonly admit: boolean;
  /** The next step requires volumes, cgroup and shared namespaces. */
  readonly prepare: boolean;
  readonly steps: readonly { readonly container: ContainerPlan; readonly step: Step }[];
  /** Time of the next start timeout, at which the task must be reconciled even without an event. */
  readonly wakeAt?: EpochMs;
}

/**
 * Adds the values that are derived from the facts and set once: the agent's own stop, and the time at which execution
 * stopped.
 */
export function settled(plan: TaskPlan, facts: TaskFacts, wanted: DesiredStatus): TaskFacts {
  const stop = agentStop(plan, facts, wanted);
  const ended = facts.executionStoppedAt ?? executionStoppedAt(plan, facts, stop ? 'STOPPED' : wanted);
  return { ...facts, ...(stop && { stop }), ...(ended !== undefined && { executionStoppedAt: ended }) };
}

/**
 * Returns the status that the agent works towards: the one that the control plane requested, unless the agent itself
 * stops the task.
 */
export function desiredStatus(facts: TaskFacts, wanted: DesiredStatus): DesiredStatus {
  return facts.stop ? 'STOPPED' : wanted;
}

/**
 * The steps that belong to the start of a task. A restart in place is not one of them, because its task already runs.
 */
const START_STEPS: ReadonlySet<Step['do']> = new Set(['pull', 'create', 'start']);

/** Returns at most one step for each container. The containers of a task advance in parallel. */
export function taskSteps(plan: TaskPlan, facts: TaskFacts, desired: DesiredStatus, now: EpochMs): TaskSteps {
  const around = plan.containers.map((container) => ({
    container,
    seen: factsOf(facts, container.name),
    readiness: startReadiness(plan, container, facts, now),
  }));
  const steps = around.flatMap(({ container, seen, readiness }) => {
    const allowed = { readiness, mayStop: mayStop(plan, container, facts), prepared: facts.prepared };
    const step = nextStep(desired, container, seen, allowed);
    return step ? [{ container, step }] : [];
  });
  const waits = around.flatMap(({ seen, readiness }) =>
    readiness.may === 'wait' && readiness.until !== undefined && !seen.observed ? [readiness.until] : [],
  );
  const prepare = desired === 'RUNNING' && !facts.prepared && around.some(({ seen }) => !seen.observed);
  const allowed = facts.admitted ? steps : steps.filter(({ step }) => !START_STEPS.has(step.do));
  const admit = !facts.admitted && (prepare || allowed.length < steps.length);
  return {
    admit,
    prepare: prepare && facts.admitted,
    steps: allowed,
    ...(waits.length > 0 && { wakeAt: Math.min(...waits) }),
  };
}
