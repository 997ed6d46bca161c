import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../user-error';
import { isRunning, startTimeOf } from './own-processes';

/** Holder of the lock, for the error message and for a process that takes over. */
interface Holder {
  readonly pid: number;
  /** The npm process that started the holder. After a kill of npm, no terminal controls the holder any more. */
  readonly parent?: { readonly pid: number; readonly startTime: string };
}

const TAKE_OVER_TIMEOUT_MS = 20_000;
const POLL_MS = 50;

export interface DataLock {
  release(): void;
}

/**
 * Takes the lock that lets one Stowage at a time work on a data folder. flock(1) locks our open file description and
 * exits. The kernel releases the lock when we exit for any reason. A holder without its npm is stopped first.
 * @throws UserError if another Stowage holds the lock.
 */
export async function lockData(dataFolder: string): Promise<DataLock> {
  const file = join(dataFolder, 'lock');
  const fd = openSync(file, 'a+', 0o600);
  if (!tryLock(fd)) await takeOver(fd, file, dataFolder);
  note(fd);
  return { release: () => closeSync(fd) };
}

/** Returns the process that runs on this data now, if any. */
export function lockHolder(dataFolder: string): number | undefined {
  const file = join(dataFolder, 'lock');
  if (!existsSync(file)) return undefined;
  const fd = openSync(file, 'r');
  try {
    return tryLock(fd) ? undefined : readHolder(file)?.pid;
  } finally {
    closeSync(fd);
  }
}

function tryLock(fd: number): boolean {
  const { status, error } = spawnSync('flock', ['--exclusive', '--nonblock', '3'], {
    stdio: ['ignore', 'ignore', 'ignore', fd],
  });
  if (error) throw new UserError(`"flock" cannot be run: ${error.message}. Install the package util-linux.`);
  return status === 0;
}

async function takeOver(fd: number, file: string, dataFolder: string): Promise<void> {
  const holder = readHolder(file);
  if (!holder || !isOrphan(holder)) {
    const who = holder ? ` as process ${String(holder.pid)}` : '';
    throw new UserError(`Stowage already runs on ${dataFolder}${who}: stop it first, or choose another --data.`);
  }
  process.kill(holder.pid, 'SIGTERM');
  const deadline = performance.now() + TAKE_OVER_TIMEOUT_MS;
  while (!tryLock(fd)) {
    if (performance.now() > deadline) {
      throw new UserError(
        `The leftover Stowage (process ${String(holder.pid)}) does not stop: kill it, then start again.`,
      );
    }
    await delay(POLL_MS);
  }
}

function isOrphan({ parent }: Holder): boolean {
  return parent !== undefined && (!isRunning(parent.pid) || startTimeOf(parent.pid) !== parent.startTime);
}

function note(fd: number): void {
  // Only npm counts as a parent. A shell that starts Stowage in the background may exit without an effect on Stowage.
  const startTime = process.env['npm_lifecycle_event'] === undefined ? undefined : startTimeOf(process.ppid);
  const holder: Holder = { pid: process.pid, ...(startTime && { parent: { pid: process.ppid, startTime } }) };
  ftruncateSync(fd, 0);
  writeSync(fd, JSON.stringify(holder));
}

function readHolder(file: string): Holder | undefined {
  try {
    const holder: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isHolder(holder) ? holder : undefined;
  } catch {
    return undefined;
  }
}

function isHolder(value: unknown): value is Holder {
  return typeof value === 'object' && value !== null && 'pid' in value && typeof value.pid === 'number';
}
