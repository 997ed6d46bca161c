import type { ContainerReport, ContainerStatus, DesiredStatus, EpochMs, TaskReport } from '@stowage/domain';
import { hasStarted, isOver, isRestartDue, isRunning } from '../containers/container-life';
import { type ContainerFacts, factsOf, type TaskFacts } from '../containers/facts';
import { networkBindings } from '../networks/network-bindings';
import { containerReason } from './stop-reason';
import type { ContainerPlan, TaskPlan } from './task-plan';

type ReportContent = Omit<TaskReport, 'seen'>;

/** Returns a complete report of the task's state. If the agent itself stops the task, `desired` is STOPPED. */
export function taskReport(plan: TaskPlan, facts: TaskFacts, desired: DesiredStatus): ReportContent {
  const lastStatus = taskStatus(plan, facts, desired);
  return {
    ...common(plan, facts),
    lastStatus,
    containers: plan.containers.map((container) => containerReport(plan, container, facts, desired)),
    ...(facts.executionStoppedAt !== undefined && { executionStoppedAt: facts.executionStoppedAt }),
    ...(lastStatus === 'STOPPED' && facts.stop),
  };
}

/**
 * Returns the RUNNING report of a task that had ended before the agent observed it as running, or undefined if a
 * container never started. It is sent before STOPPED, so that the history of the task includes its start.
 */
export function missedRunning(plan: TaskPlan, facts: TaskFacts): ReportContent | undefined {
  if (!plan.containers.every(({ name }) => hasStarted(factsOf(facts, name)))) return undefined;
  return {
    ...common(plan, facts),
    lastStatus: 'RUNNING',
    containers: plan.containers.map(({ name }) => ({
      name,
      lastStatus: 'RUNNING',
      ...identity(factsOf(facts, name)),
    })),
  };
}

function common(
  plan: TaskPlan,
  facts: TaskFacts,
): Pick<ReportContent, 'cluster' | 'task' | 'pullStartedAt' | 'pullStoppedAt'> {
  return {
    cluster: plan.item.cluster,
    task: plan.item.task,
    ...(facts.pullStartedAt !== undefined && { pullStartedAt: facts.pullStartedAt }),
    ...(facts.pullStoppedAt !== undefined && { pullStoppedAt: facts.pullStoppedAt }),
  };
}

/** RUNNING if every container has at least started. STOPPED if the task is to stop, and no container runs or starts. */
function taskStatus(plan: TaskPlan, facts: TaskFacts, desired: DesiredStatus): TaskReport['lastStatus'] {
  const seen = plan.containers.map((container) => ({ container, seen: factsOf(facts, container.name) }));
  if (desired === 'STOPPED' && !seen.some((one) => isRunning(one.seen) || one.seen.busy)) return 'STOPPED';
  const running = seen.every(({ container, seen: one }) => hasStarted(one) || isOver(container, one, desired));
  return running ? 'RUNNING' : 'PENDING';
}

function containerReport(
  plan: TaskPlan,
  container: ContainerPlan,
  facts: TaskFacts,
  desired: DesiredStatus,
): ContainerReport {
  const seen = factsOf(facts, container.name);
  const lastStatus = containerStatus(container, seen, desired);
  const reason = containerReason(seen);
  const bindings = isRunning(seen) ? networkBindings(plan, container, seen.observed?.ports ?? null) : [];
  return {
    name: container.name,
    lastStatus,
    ...identity(seen),
    ...(lastStatus === 'STOPPED' && seen.observed?.exitCode !== undefined && { exitCode: seen.observed.exitCode }),
    ...(reason !== undefined && lastStatus === 'STOPPED' && { reason }),
    ...(bindings.length > 0 && { networkBindings: bindings }),
    ...(container.definition.healthCheck && seen.observed && { healthStatus: seen.observed.health }),
  };
}

function identity({ observed, image }: ContainerFacts): Partial<ContainerReport> {
  return {
    ...(observed && { runtimeId: observed.containerId }),
    ...(image?.digest !== undefined && { imageDigest: image.digest }),
  };
}

/** A container stays RUNNING between two runs of its restart policy. */
function containerStatus(container: ContainerPlan, seen: ContainerFacts, desired: DesiredStatus): ContainerStatus {
  if (isRunning(seen) || isRestartDue(container, seen, desired)) return 'RUNNING';
  if (seen.busy) return hasStarted(seen) ? 'RUNNING' : 'PENDING';
  if (isOver(container, seen, desired) || desired === 'STOPPED') return 'STOPPED';
  return 'PENDING';
}

/** Returns the time at which the first essential container stopped for good, or undefined if none has. */
export function executionStoppedAt(plan: TaskPlan, facts: TaskFacts, desired: DesiredStatus): EpochMs | undefined {
  const ends = plan.containers
    .filter((container) => container.essential && isOver(container, factsOf(facts, container.name), desired))
    .map(({ name }) => factsOf(facts, name).observed?.finishedAt)
    .filter((at) => at !== undefined);
  return ends.length === 0 ? undefined : Math.min(...ends);
}
