import type * as Ecs from '../../ecs/shapes';
import type { TaskId } from '../../ids';

/**
 * The Docker log driver that replaces `awslogs`. Stowage has no log service yet, so the lines stay on the container
 * instance.
 */
export const AWSLOGS_SUBSTITUTE = 'json-file';

/** Log destination of a container with the log driver `awslogs`: a log group, and a stream in it. */
export interface LogLocation {
  readonly group: string;
  readonly streamPrefix?: string;
}

/** Returns undefined for containers with another log driver. */
export function logLocation({ logConfiguration }: Ecs.ContainerDefinition): LogLocation | undefined {
  if (logConfiguration?.logDriver !== 'awslogs') return undefined;
  const { 'awslogs-group': group = '', 'awslogs-stream-prefix': streamPrefix } = logConfiguration.options ?? {};
  return { group, ...(streamPrefix && { streamPrefix }) };
}

/**
 * `prefix/container/task`. Without a prefix it is Docker's id of the container, which is unknown before its creation.
 */
export function logStreamName(
  { streamPrefix }: LogLocation,
  { container, task, runtimeId }: { readonly container: string; readonly task: TaskId; readonly runtimeId?: string },
): string | undefined {
  return streamPrefix === undefined ? runtimeId : `${streamPrefix}/${container}/${task}`;
}
