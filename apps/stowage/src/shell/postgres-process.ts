import { execFile } from 'node:child_process';
import { chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ClearFailure } from '../clear-failure';
import type { Tools } from '../tools';
import type { LocalStowageParts } from './local-stowage-parts';
import { isRunning, startTimeOf } from './own-processes';
import { processDefaults } from './process-defaults';
import type { ProcessPlan } from './supervised-process';

const run = promisify(execFile);

const USER = 'stowage';
const DATABASE = 'postgres';
const POLL_MS = 10;
/** Characters of initdb's output that go into the message of a failure. */
const OUTPUT_TAIL_MAX = 1_500;
/** So long a postmaster that was killed may take until the kernel has forgotten it. */
const PREDECESSOR_TIMEOUT_MS = 10_000;
/** Lines of postmaster.pid, as pg_ctl(1) reads it: the process, ..., and what it is doing. */
const PID_LINE = 0;
const STATUS_LINE = 7;

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '64MB',
  max_connections: '100',
  // What is read here follows from the journal: a crash of the machine may cost the last moment, never consistency.
  synchronous_commit: 'off',
};

export interface PostgresPlace {
  /** Everything of Postgres lies in here, and belongs to whom it runs as. */
  readonly folder: string;
  readonly port: number;
  readonly password: string;
}

export function postgresUrl({ port, password }: PostgresPlace): string {
  return `postgres://${USER}:${password}@127.0.0.1:${String(port)}/${DATABASE}`;
}

/** Makes the database's files, unless they are there: aside first, so that a kill in between leaves no half of them. */
export async function initialisePostgres(tools: Tools, { folder, password }: PostgresPlace): Promise<void> {
  const data = join(folder, 'data');
  if (await exists(join(data, 'PG_VERSION'))) return;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { user, prefix } = tools.postgresIdentity(folder);
  if (user) await chown(folder, user.uid, user.gid);
  const fresh = join(folder, 'new');
  const passwordFile = join(folder, 'password');
  await rm(fresh, { recursive: true, force: true });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user) await chown(passwordFile, user.uid, user.gid);
  const access = [`--username=${USER}`, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  const initdb = [join(tools.postgres, 'initdb'), '-D', fresh, ...access, '--encoding=UTF8', '--locale=C'];
  const [command = '', ...args] = [...prefix, ...initdb];
  await run(command, args, { cwd: '/' }).catch((error: unknown) => {
    throw new ClearFailure(`Failed to create the database in ${folder}: ${initdbErrorIn(error)}`);
  });
  await rm(passwordFile);
  await rename(fresh, data);
}

/** The last lines that initdb wrote; without any, the reason why it could not run. */
function initdbErrorIn(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  return stderr === '' ? String(error) : stderr.slice(-OUTPUT_TAIL_MAX);
}

/**
 * Waits until a postmaster that was killed is gone for good. Postgres takes even a zombie, which only waits to be noticed
 * by its parent, for another one on the same data; where nobody ever notices it, its pid file goes instead.
 */
export async function predecessorGone(folder: string, timeoutMs = PREDECESSOR_TIMEOUT_MS): Promise<void> {
  const pidFile = join(folder, 'data', 'postmaster.pid');
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).split('\n')[PID_LINE]);
  if (!Number.isInteger(pid) || pid <= 0) return;
  const deadline = performance.now() + timeoutMs;
  while (startTimeOf(pid) !== undefined && !isRunning(pid)) {
    if (performance.now() > deadline) return rm(pidFile, { force: true });
    await delay(POLL_MS);
  }
}

export function postgresPlan(
  { tools, folder }: Pick<LocalStowageParts, 'tools' | 'folder'>,
  place: PostgresPlace,
): ProcessPlan {
  const data = join(place.folder, 'data');
  const { prefix } = tools.postgresIdentity(place.folder);
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const postgres = [join(tools.postgres, 'postgres'), '-D', data, '-p', String(place.port), ...settings];
  const [command = '', ...args] = [...prefix, ...postgres];
  return {
    ...processDefaults(folder, 'postgres'),
    command,
    args,
    // "Fast": sessions are cut off, what was committed is written down.
    stopSignal: 'SIGINT',
    notReadyBecause: 'it does not take clients',
    ready: (signal, pid) => whenReady(join(data, 'postmaster.pid'), pid, signal),
  };
}

/** A file left by a dead one names another process, or an older state. */
async function whenReady(pidFile: string, pid: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const lines = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n');
    if (lines[PID_LINE] === String(pid) && lines[STATUS_LINE]?.trim() === 'ready') return;
    await delay(POLL_MS);
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
