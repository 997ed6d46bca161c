import type { DesiredStatus, EpochMs } from '@stowage/domain';
import { mayStop, startReadiness } from './container-order';
import { factsOf, type TaskFacts } from '../containers/facts';
import { nextStep, type Step } from './next-step';
import { agentStop } from './stop-reason';
import type { ContainerPlan, TaskPlan } from './task-plan';
import { executionStoppedAt } from './task-progress';

/** What to do next with a whole task. */
export interface TaskSteps {
  /** The task's start has to be on record before its first step. */
  readonly admit: boolean;
  /** Volumes, cgroup and shared namespaces are needed now. */
  readonly prepare: boolean;
  readonly steps: readonly { readonly container: ContainerPlan; readonly step: Step }[];
  /** When a start timeout makes it worth looking again although nothing happened. */
  readonly wakeAt?: EpochMs;
}

/** The facts with what follows from them and is decided once: the agent's own stop, and when execution stopped. */
export function settled(plan: TaskPlan, facts: TaskFacts, wanted: DesiredStatus): TaskFacts {
  const stop = agentStop(plan, facts, wanted);
  const ended = facts.executionStoppedAt ?? executionStoppedAt(plan, facts, stop ? 'STOPPED' : wanted);
  return { ...facts, ...(stop && { stop }), ...(ended !== undefined && { executionStoppedAt: ended }) };
}

/** What the agent works towards: what the control plane wants, unless the task must end for a reason of its own. */
export function desiredStatus(facts: TaskFacts, wanted: DesiredStatus): DesiredStatus {
  return facts.stop ? 'STOPPED' : wanted;
}

/** A restart in place is none: its task runs. */
const OF_A_START: ReadonlySet<Step['do']> = new Set(['pull', 'create', 'start']);

/** One step at most for each container; containers of a task advance side by side. */
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
  const allowed = facts.admitted ? steps : steps.filter(({ step }) => !OF_A_START.has(step.do));
  const admit = !facts.admitted && (prepare || allowed.length < steps.length);
  return {
    admit,
    prepare: prepare && facts.admitted,
    steps: allowed,
    ...(waits.length > 0 && { wakeAt: Math.min(...waits) }),
  };
}
