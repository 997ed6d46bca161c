import type { Task } from '@aws-sdk/client-ecs';

/** Family and revision of the task definition. */
export function nameOf({ taskDefinitionArn }: Task): string {
  return taskDefinitionArn?.split('/').at(-1) ?? 'the task';
}

/**
 * Returns the history of a task, one line per entry: its times, the reason of its stop and the exit code of each
 * container.
 */
export function historyOf(task: Task): readonly string[] {
  const times = (
    [
      ['created', task.createdAt],
      ['started', task.startedAt],
      ['stopping', task.stoppingAt],
      ['stopped', task.stoppedAt],
    ] as const
  ).flatMap(([what, at]) => (at ? [`${what} ${at.toISOString().slice(11, 23)}`] : []));
  const containers = (task.containers ?? []).map((container) => {
    const code = container.exitCode === undefined ? '' : `, exit code ${String(container.exitCode)}`;
    const reason = container.reason === undefined ? '' : `, ${container.reason}`;
    return `  ${container.name ?? 'container'}: ${container.lastStatus ?? 'UNKNOWN'}${code}${reason}`;
  });
  const why = `${task.stopCode ?? ''} ${task.stoppedReason ?? ''}`.trim();
  return [`${nameOf(task)} ${task.lastStatus ?? 'UNKNOWN'}${why && ` (${why})`}: ${times.join(', ')}`, ...containers];
}
