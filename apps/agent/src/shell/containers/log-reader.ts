import { LOGS_BYTES_MAX, LOGS_WAIT_MAX_MS, type LogsAnswer, type LogsRequest } from '@stowage/domain';
import { factsOf } from '../../core/containers/facts';
import type { LogPiece } from '../../core/containers/docker-log';
import {
  beforeOpen,
  cursorAfter,
  cursorBehind,
  decodeCursor,
  encodeCursor,
  LOG_START,
  type LogCursor,
  type LogPage,
  logPage,
  sinceAfter,
  sinceOf,
} from '../../core/containers/log-cursor';
import type { Observed } from '../../core/containers/observe';
import type { ContainerEngine } from './container-engine';
import { errorText } from '@stowage/concurrency';
import type { TaskRunner } from '../tasks/task-runner';
import type { TaskRunners } from '../tasks/task-runners';

/** Docker adds timestamps and frames to the lines, so a read is larger than a response. */
const READ_BYTES_MAX = 2 * LOGS_BYTES_MAX;

const notFound = (reason: string): LogsAnswer => ({ found: false, reason });

/** Handles the gateway's requests for pages of a container's log, as long as Docker has the container. */
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
    if (!cursor) return notFound('The cursor is not valid. Use a cursor of an earlier response.');
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
    if (first.lines.length > 0 || first.ended || !request.waitMs) return answer(first);
    const waitMs = Math.min(request.waitMs, LOGS_WAIT_MAX_MS);
    const since = sinceAfter(first.waitBehind);
    await this.engine.logActivity(observed.containerId, since, AbortSignal.timeout(waitMs));
    return answer(await this.page(observed, first.cursor, { ...request, tail: undefined }));
  }

  private async page({ containerId }: Observed, cursor: LogCursor, { tail }: Asked): Promise<Page> {
    // The inspection comes first, so that the log of a stopped container is complete when it is read.
    const inspect = await this.engine.inspect(containerId);
    if (!inspect) return { lines: [], cursor, ended: true, waitBehind: cursor.stamp };
    const { Tty: tty } = inspect.Config;
    const { Running: running, Status: status } = inspect.State;
    const isTail = tail !== undefined && cursor.stamp === LOG_START.stamp;
    const piece = isTail ? await this.lastMessages(containerId, tty, tail) : await this.piece(containerId, tty, cursor);
    const from = isTail ? cursorBehind(piece.lines.slice(0, surplus(piece, tail))) : cursor;
    const page = pageOf(piece, from, running);
    const ended = !running && status !== 'created' && page.lines.length === 0 && !piece.truncated;
    return { ...page, ended, waitBehind: piece.lines.at(-1)?.stamp ?? page.cursor.stamp };
  }

  private piece(containerId: string, tty: boolean, cursor: LogCursor): Promise<LogPiece> {
    const since = sinceOf(cursor);
    return this.engine.logs(containerId, { tty, bytesMax: READ_BYTES_MAX, ...(since !== undefined && { since }) });
  }

  /** Reads more than `tail` lines, or the whole log. Docker counts messages, and a long line consists of several. */
  private async lastMessages(containerId: string, tty: boolean, tail: number): Promise<LogPiece> {
    for (let messages = tail + 1; ; messages *= 2) {
      const piece = await this.engine.logs(containerId, { tty, bytesMax: READ_BYTES_MAX, tail: messages });
      if (piece.truncated || piece.lines.length > tail || piece.messages < messages) return piece;
    }
  }
}

interface Asked {
  readonly tail?: number | undefined;
}

interface Page extends LogPage {
  readonly ended: boolean;
  /** New lines have a later timestamp than this. */
  readonly waitBehind: string;
}

/**
 * Returns the page without a line that the container still writes, and without the lines after it. A line that exceeds
 * the limit of a read is returned without its end.
 */
function pageOf(piece: LogPiece, cursor: LogCursor, running: boolean): LogPage {
  const { lines, truncated } = piece;
  const page = logPage(running || truncated ? beforeOpen(lines) : lines, cursor);
  if (page.lines.length > 0 || !truncated) return page;
  const cut = logPage(lines, cursor);
  return cut.lines.length > 0 ? cut : { ...cut, cursor: cursorAfter(cursor) };
}

/**
 * Returns the number of lines before the last `tail` ones. For a truncated piece only the extra message is certain to
 * be before them, because the end is unknown.
 */
function surplus({ lines, truncated }: LogPiece, tail: number): number {
  return truncated ? 1 : Math.max(0, lines.length - tail);
}

function answer({ lines, cursor, ended }: Page): LogsAnswer {
  return { found: true, lines, cursor: encodeCursor(cursor), ended };
}

function containerName({ plan }: TaskRunner, asked: string | undefined): string | undefined {
  return asked ?? (plan.containers.length === 1 ? plan.containers[0]?.name : undefined);
}

function nothingYet(cursor: LogCursor, ended: boolean): LogsAnswer {
  return { found: true, lines: [], cursor: encodeCursor(cursor), ended };
}
