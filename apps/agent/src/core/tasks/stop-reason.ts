import { type DesiredStatus, startFailure } from '@stowage/domain';
import { hasExited, isOver } from '../containers/container-life';
import { type AgentStop, type ContainerFacts, type Failure, factsOf, type TaskFacts } from '../containers/facts';
import type { TaskPlan } from './task-plan';

/** Maximum length of a reason, as in the ECS agent (ecs-api 5.5.5). */
export const REASON_LENGTH_MAX = 1_024;

/** Formats a failure as ECS does: `<ErrorName>: <message>`. */
export function reasonText({ error, message }: Failure): string {
  return `${error}: ${message}`.slice(0, REASON_LENGTH_MAX);
}

/**
 * Returns the `reason` of a container: the failure of its start, or the cause of its kill. Returns undefined after a
 * plain exit.
 */
export function containerReason({ failure, observed }: ContainerFacts): string | undefined {
  if (failure) return reasonText(failure);
  if (observed?.state === 'gone') {
    return reasonText({ error: 'DockerStateError', message: 'The container was removed from outside.' });
  }
  if (observed?.outOfMemory) {
    return reasonText({ error: 'OutOfMemoryError', message: 'Container killed due to memory usage' });
  }
  if (observed?.state === 'exited' && observed.error) {
    return reasonText({ error: 'DockerStateError', message: observed.error });
  }
  return undefined;
}

/**
 * Returns ECS's stop code and reason if the agent itself must stop the task: its resources could not be created, or an
 * essential container failed to start or exited, with any exit code including 0. Returns undefined otherwise.
 */
export function agentStop(plan: TaskPlan, facts: TaskFacts, desired: DesiredStatus): AgentStop | undefined {
  if (facts.stop) return facts.stop;
  if (desired === 'STOPPED') return undefined;
  if (facts.failure) return { stopCode: 'TaskFailedToStart', stoppedReason: reasonText(facts.failure) };
  for (const container of plan.containers) {
    if (!container.essential) continue;
    const seen = factsOf(facts, container.name);
    if (!isOver(container, seen, desired)) continue;
    if (hasExited(seen)) {
      return { stopCode: 'EssentialContainerExited', stoppedReason: 'Essential container in task exited' };
    }
    const reason = seen.failure && reasonText(seen.failure);
    const stoppedReason = startFailure({ name: container.name, ...(reason !== undefined && { reason }) });
    return { stopCode: 'TaskFailedToStart', stoppedReason: stoppedReason.slice(0, REASON_LENGTH_MAX) };
  }
  return undefined;
}
