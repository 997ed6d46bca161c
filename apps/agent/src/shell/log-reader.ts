import { LOGS_BYTES_MAX, LOGS_WAIT_MAX_MS, type LogsAnswer, type LogsRequest } from '@stowage/domain';
import { factsOf } from '../core/facts';
import {
  decodeCursor,
  encodeCursor,
  LOG_START,
  type LogCursor,
  logPage,
  sinceAfter,
  sinceOf,
} from '../core/log-cursor';
import type { Observed } from '../core/observe';
import type { ContainerEngine } from './container-engine';
import { errorText } from './backoff';
import type { TaskRunner } from './task-runner';
import type { TaskRunners } from './task-runners';

/** Lines bear time-stamps and frames, so more is read than is answered. */
const READ_BYTES_MAX = 2 * LOGS_BYTES_MAX;

const notFound = (reason: string): LogsAnswer => ({ found: false, reason });

/** Answers the gateway's questions for pieces of a container's log, for as long as Docker has the container. */
export class LogReader {
  constructor(
    private readonly engine: ContainerEngine,
    private readonly runners: TaskRunners,
  ) {}

  async answer(request: LogsRequest): Promise<LogsAnswer> {
    const runner = this.runners.get(request.task);
    if (!runner) return notFound('The instance has no such task, or has cleaned it up.');
    const name = containerName(runner, request.container);
    if (name === undefined) return notFound('The task has several containers: name one.');
    if (!runner.plan.containers.some((container) => container.name === name)) {
      return notFound(`The task has no container ${name}.`);
    }
    const cursor = decodeCursor(request.cursor ?? '');
    if (!cursor) return notFound('The cursor is none of an earlier answer.');
    try {
      return await this.read(runner, name, cursor, request);
    } catch (error) {
      return notFound(errorText(error));
    }
  }

  private async read(runner: TaskRunner, name: string, cursor: LogCursor, request: LogsRequest): Promise<LogsAnswer> {
    const observed = factsOf(runner.view.facts, name).observed;
    if (!observed) return nothingYet(cursor, runner.view.report.lastStatus === 'STOPPED');
    const first = await this.page(observed, cursor, request);
    if (first.lines.length > 0 || first.ended || !request.waitMs) return first;
    const waitMs = Math.min(request.waitMs, LOGS_WAIT_MAX_MS);
    await this.engine.logActivity(observed.containerId, sinceAfter(cursor), AbortSignal.timeout(waitMs));
    return this.page(observed, cursor, request);
  }

  private async page(
    { containerId }: Observed,
    cursor: LogCursor,
    { tail }: LogsRequest,
  ): Promise<Extract<LogsAnswer, { found: true }>> {
    // Whether it runs is asked first: what it wrote before it stopped is then surely there.
    const inspect = await this.engine.inspect(containerId);
    if (!inspect) return { found: true, lines: [], cursor: encodeCursor(cursor), ended: true };
    const since = sinceOf(cursor);
    const stamped = await this.engine.logs(containerId, {
      tty: inspect.Config.Tty,
      bytesMax: READ_BYTES_MAX,
      ...(since !== undefined && { since }),
      ...(tail !== undefined && cursor.stamp === LOG_START.stamp && { tail }),
    });
    const page = logPage(stamped, cursor);
    const ended = !inspect.State.Running && inspect.State.Status !== 'created' && page.lines.length === 0;
    return { found: true, lines: page.lines, cursor: encodeCursor(page.cursor), ended };
  }
}

function containerName({ plan }: TaskRunner, asked: string | undefined): string | undefined {
  return asked ?? (plan.containers.length === 1 ? plan.containers[0]?.name : undefined);
}

function nothingYet(cursor: LogCursor, ended: boolean): LogsAnswer {
  return { found: true, lines: [], cursor: encodeCursor(cursor), ended };
}
