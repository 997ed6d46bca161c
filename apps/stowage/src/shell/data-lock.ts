import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ClearFailure } from '../clear-failure';
import { isRunning, startTimeOf } from './own-processes';

/** Who holds the lock, for the message to whom it is refused, and for who takes over. */
interface Holder {
  readonly pid: number;
  /** The npm that started it: when that was killed, nobody is left to end the holder from a terminal. */
  readonly parent?: { readonly pid: number; readonly startTime: string };
}

const TAKE_OVER_TIMEOUT_MS = 20_000;
const POLL_MS = 50;

export interface DataLock {
  release(): void;
}

/**
 * Makes sure that one Stowage at a time works on a data folder. The lock belongs to our open file: flock(1) takes it for us
 * and leaves, and the kernel frees it when we die, however we die.
 * @throws ClearFailure another Stowage, alive and with somebody to end it, holds the lock.
 */
export async function lockData(dataFolder: string): Promise<DataLock> {
  const file = join(dataFolder, 'lock');
  const fd = openSync(file, 'a+', 0o600);
  if (!tryLock(fd)) await takeOver(fd, file, dataFolder);
  note(fd);
  return { release: () => closeSync(fd) };
}

/** The process that runs on this data now, if any. */
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
  if (error) throw new ClearFailure(`"flock" of the package util-linux is needed, and cannot be run: ${error.message}`);
  return status === 0;
}

async function takeOver(fd: number, file: string, dataFolder: string): Promise<void> {
  const holder = readHolder(file);
  if (!holder || !isOrphan(holder)) {
    const who = holder ? ` as process ${String(holder.pid)}` : '';
    throw new ClearFailure(`Stowage already runs on ${dataFolder}${who}: stop it first, or choose another --data.`);
  }
  process.kill(holder.pid, 'SIGTERM');
  const deadline = performance.now() + TAKE_OVER_TIMEOUT_MS;
  while (!tryLock(fd)) {
    if (performance.now() > deadline) {
      throw new ClearFailure(`The Stowage left over as process ${String(holder.pid)} does not end: kill it.`);
    }
    await delay(POLL_MS);
  }
}

function isOrphan({ parent }: Holder): boolean {
  return parent !== undefined && (!isRunning(parent.pid) || startTimeOf(parent.pid) !== parent.startTime);
}

function note(fd: number): void {
  // Only npm's death means something: a shell that starts us in the background may end and mean nothing by it.
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
