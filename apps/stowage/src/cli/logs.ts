import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import { fieldsOf, NotStowage, STOWAGE_TARGET, type StowageClient, StowageUnreachable } from './stowage-client';

export interface LogsOptions {
  readonly task: string;
  readonly container?: string;
  readonly cluster?: string;
  readonly follow: boolean;
  /** Only so many of the lines that are there already. */
  readonly tail?: number;
}

/** How long the gateway may hold a question when there is no news. */
const WAIT_MS = 5_000;
/** Someone who follows stays through a restart of the gateway, but not for ever. */
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

/** Where the lines go: what the container wrote to its standard output to ours, and so for its errors. */
export type LogSink = (stream: 'stdout' | 'stderr', text: string) => void;

export interface CopiedLogs {
  readonly lines: number;
  /** The container has stopped, and there is nothing more. */
  readonly ended: boolean;
}

/** Copies a container's log piece by piece; each question goes on from the cursor of the last answer. */
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
