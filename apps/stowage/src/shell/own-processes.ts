import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { inEndOrder } from '../core/end-order';

/**
 * Every process that Stowage starts carries this variable with the data folder and its name in its environment. The kernel
 * keeps it as long as the process lives and no longer: unlike a file with a process id in it, it can neither be lost
 * between start and note, nor point at a stranger that got the same id later.
 */
export const PROCESS_MARK = 'STOWAGE_PROCESS';

export const markOf = (dataFolder: string, name: string): string => `${dataFolder}#${name}`;

export interface OwnProcess {
  readonly pid: number;
  readonly name: string;
}

const POLL_MS = 20;

/** The processes of this data folder that run now, whoever their parent is; Postgres's own children are not listed. */
export function ownProcesses(dataFolder: string): readonly OwnProcess[] {
  const prefix = `${PROCESS_MARK}=${markOf(dataFolder, '')}`;
  const marked = readdirSync('/proc').flatMap((entry) => {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) return [];
    const mark = environmentOf(pid).find((variable) => variable.startsWith(prefix));
    return mark === undefined ? [] : [{ pid, parent: parentOf(pid), name: mark.slice(prefix.length) }];
  });
  const pids = new Set(marked.map(({ pid }) => pid));
  return marked.filter(({ parent }) => !pids.has(parent)).map(({ pid, name }) => ({ pid, name }));
}

/**
 * It is started by the control plane and outlives it: traffic goes on while the control plane is away, and the next one
 * takes it over.
 */
export const HAPROXY = 'haproxy';

/** Long enough for Postgres to write down what it holds. */
const ORPHAN_TIMEOUT_MS = 10_000;
/** What each should be told to end in order; by default SIGTERM. */
const END_SIGNALS: Readonly<Record<string, NodeJS.Signals>> = { postgres: 'SIGINT' };

/** Ends what an earlier Stowage left running on this data, because it was killed; but for HAProxy. */
export async function endOrphans(dataFolder: string, tell: (sentence: string) => void): Promise<void> {
  const orphans = ownProcesses(dataFolder).filter(({ name }) => name !== HAPROXY);
  if (orphans.length === 0) return;
  tell(`Taking over from a Stowage that was killed: ending ${orphans.map(({ name }) => name).join(', ')}.`);
  for (const group of inEndOrder(orphans)) {
    await Promise.all(group.map(({ pid, name }) => endProcess(pid, END_SIGNALS[name] ?? 'SIGTERM', ORPHAN_TIMEOUT_MS)));
  }
}

/** Ends HAProxy once the control plane that would start it again has ended; open requests are cut. */
export async function endHaproxy(dataFolder: string): Promise<void> {
  const found = ownProcesses(dataFolder).filter(({ name }) => name === HAPROXY);
  await Promise.all(found.map(({ pid }) => endProcess(pid, 'SIGTERM', ORPHAN_TIMEOUT_MS)));
}

/** Ends a process, with SIGKILL when it has not gone in time. */
export async function endProcess(pid: number, signal: NodeJS.Signals, timeoutMs: number): Promise<void> {
  if (!signalled(pid, signal)) return;
  const deadline = performance.now() + timeoutMs;
  while (isRunning(pid)) {
    if (performance.now() > deadline) signalled(pid, 'SIGKILL');
    await delay(POLL_MS);
  }
}

/** False for one that is gone, and for a zombie, which only waits to be noticed by its parent. */
export function isRunning(pid: number): boolean {
  const state = statusFields(pid)[0];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** In clock ticks since boot; together with the id it names a process for good, within one boot. */
export function startTimeOf(pid: number): string | undefined {
  return statusFields(pid)[19];
}

function signalled(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

function parentOf(pid: number): number {
  return Number(statusFields(pid)[1]);
}

/** The fields of /proc/PID/stat behind the name, which may itself hold blanks and brackets: state, parent, ... */
function statusFields(pid: number): readonly string[] {
  const stat = readProc(pid, 'stat');
  return stat === undefined ? [] : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function environmentOf(pid: number): readonly string[] {
  return readProc(pid, 'environ')?.split('\0') ?? [];
}

/** Undefined when the process is gone, or is another user's. */
function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${String(pid)}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
