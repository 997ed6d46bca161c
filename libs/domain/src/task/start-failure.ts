/** What is known of a container that kept its task from starting. */
interface FailedContainer {
  readonly name: string;
  /** `<ErrorName>: <message>`. */
  readonly reason?: string;
}

/**
 * The `stoppedReason` of a task that failed to start. ECS repeats the error of a failed pull, and leaves every other cause
 * to the container; this names the container and its error after ECS's words.
 */
export function startFailure({ name, reason }: FailedContainer): string {
  if (reason === undefined) return 'Task failed to start';
  return reason.startsWith('CannotPull') ? reason : `Task failed to start: container ${name}: ${reason}`;
}
