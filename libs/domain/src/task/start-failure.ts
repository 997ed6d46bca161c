/** A container that prevented its task from starting. */
interface FailedContainer {
  readonly name: string;
  /** `<ErrorName>: <message>`. */
  readonly reason?: string;
}

/**
 * Returns the `stoppedReason` of a task that failed to start. ECS includes only the error of a failed pull and shows
 * other errors on the container. This text always names the container and its error after ECS's words.
 */
export function startFailure({ name, reason }: FailedContainer): string {
  if (reason === undefined) return 'Task failed to start';
  return reason.startsWith('CannotPull') ? reason : `Task failed to start: container ${name}: ${reason}`;
}
