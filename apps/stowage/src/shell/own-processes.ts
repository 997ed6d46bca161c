import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { inStopOrder } from '../core/stop-order';

/**
 * Environment variable that marks every process of Stowage with its data folder and name. The kernel keeps it exactly
 * as long as the process lives. A file with a process id may be missing after a crash, or name a process that reuses
 * the id.
 */
export const PROCESS_MARK = 'STOWAGE_PROCESS';

export const markOf = (dataFolder: string, name: string): string => `${dataFolder}#${name}`;

export interface OwnProcess {
  readonly pid: number;
  readonly name: string;
}

const POLL_MS = 20;

/** Returns the running processes of this data folder, with any parent. Children of these processes are not listed. */
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
 * Name of the HAProxy process. The control plane starts it, but HAProxy keeps running without it, so that traffic
 * continues. The next control plane takes it over.
 */
export const HAPROXY = 'haproxy';

/** Long enough for Postgres to write a checkpoint. */
const ORPHAN_TIMEOUT_MS = 10_000;
/** Signals for a graceful stop; SIGTERM by default. */
const STOP_SIGNALS: Readonly<Record<string, NodeJS.Signals>> = { postgres: 'SIGINT' };

/** Stops processes of this data folder that a killed Stowage left running, except HAProxy. */
export async function stopOrphans(dataFolder: string, report: (sentence: string) => void): Promise<void> {
  const orphans = ownProcesses(dataFolder).filter(({ name }) => name !== HAPROXY);
  if (orphans.length === 0) return;
  report(`Taking over from a Stowage that was killed: stopping ${orphans.map(({ name }) => name).join(', ')}.`);
  for (const group of inStopOrder(orphans)) {
    await Promise.all(
      group.map(({ pid, name }) => stopProcess(pid, STOP_SIGNALS[name] ?? 'SIGTERM', ORPHAN_TIMEOUT_MS)),
    );
  }
}

/** Stops HAProxy after the control plane, which would restart it. Open requests are cut off. */
export async function stopHaproxy(dataFolder: string): Promise<void> {
  const found = ownProcesses(dataFolder).filter(({ name }) => name === HAPROXY);
  await Promise.all(found.map(({ pid }) => stopProcess(pid, 'SIGTERM', ORPHAN_TIMEOUT_MS)));
}

/** Stops a process, with SIGKILL after `timeoutMs`. */
export async function stopProcess(pid: number, signal: NodeJS.Signals, timeoutMs: number): Promise<void> {
  if (!signalled(pid, signal)) return;
  const deadline = performance.now() + timeoutMs;
  while (isRunning(pid)) {
    if (performance.now() > deadline) signalled(pid, 'SIGKILL');
    await delay(POLL_MS);
  }
}

/** Returns false for a process that has exited, including a zombie. */
export function isRunning(pid: number): boolean {
  const state = statusFields(pid)[0];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** Returns the start time in clock ticks since boot. Process id and start time together are unique within one boot. */
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

/** Returns the fields of /proc/PID/stat after the name, which may contain spaces and brackets: state, parent, ... */
function statusFields(pid: number): readonly string[] {
  const stat = readProc(pid, 'stat');
  return stat === undefined ? [] : stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function environmentOf(pid: number): readonly string[] {
  return readProc(pid, 'environ')?.split('\0') ?? [];
}

/** Returns undefined if the process has exited or belongs to another user. */
function readProc(pid: number, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${String(pid)}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
