import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import { fieldsOf, NotStowage, STOWAGE_TARGET, type StowageClient, StowageUnreachable } from './stowage-client';

export interface LogsOptions {
  readonly task: string;
  readonly container?: string;
  readonly cluster?: string;
  readonly follow: boolean;
  /** Maximum number of existing lines to show. */
  readonly tail?: number;
}

/** Time for which the gateway may hold a request while there are no new lines. */
const WAIT_MS = 5_000;
/** Time for which the gateway may be unreachable, such as during a restart, before the command fails. */
const UNREACHABLE_MAX_MS = 60_000;
const RETRY_MS = 500;

interface Line {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

interface Piece {
  readonly lines: readonly Line[];
  readonly cursor: string;
  readonly ended: boolean;
}

/** Receives the lines. Lines of the container's standard output go to ours, and likewise for standard error. */
export type LogSink = (stream: 'stdout' | 'stderr', text: string) => void;

export interface CopiedLogs {
  readonly lines: number;
  /** True if the container has stopped and all lines have been read. */
  readonly ended: boolean;
}

/** Copies a container's log page by page. Each request continues at the cursor of the previous response. */
export async function copyLogs(client: StowageClient, options: LogsOptions, sink: LogSink): Promise<CopiedLogs> {
  const { follow, tail, ...of } = options;
  let lines = 0;
  let piece = await ask(client, { ...of, ...(tail !== undefined && { tail }) }, 0);
  for (;;) {
    for (const { stream, text } of piece.lines) sink(stream, text);
    lines += piece.lines.length;
    if (piece.ended || (!follow && piece.lines.length === 0)) return { lines, ended: piece.ended };
    const next = { ...of, cursor: piece.cursor, ...(follow && { waitMs: WAIT_MS }) };
    piece = await ask(client, next, follow ? UNREACHABLE_MAX_MS : 0);
  }
}

async function ask(client: StowageClient, input: object, patienceMs: number): Promise<Piece> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return pieceIn(await client.call(`${STOWAGE_TARGET}.GetTaskLogs`, input));
    } catch (error) {
      if (!(error instanceof StowageUnreachable) || performance.now() > deadline) throw error;
      await delay(RETRY_MS);
    }
  }
}

function pieceIn(answer: unknown): Piece {
  const { lines, cursor, ended } = fieldsOf(answer);
  if (!Array.isArray(lines) || !lines.every(isLine) || typeof cursor !== 'string') throw new NotStowage();
  return { lines, cursor, ended: ended === true };
}

function isLine(value: unknown): value is Line {
  const { stream, text } = fieldsOf(value);
  return (stream === 'stdout' || stream === 'stderr') && typeof text === 'string';
}
