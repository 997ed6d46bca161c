import { execFile } from 'node:child_process';
import { chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { UserError } from '../user-error';
import type { Tools } from '../tools';
import type { LocalStowageParts } from './local-stowage-parts';
import { isRunning, startTimeOf } from './own-processes';
import { processDefaults } from './process-defaults';
import type { ProcessPlan } from './supervised-process';

const run = promisify(execFile);

const USER = 'stowage';
const DATABASE = 'postgres';
const POLL_MS = 10;
/** Maximum number of characters of initdb's output in an error message. */
const OUTPUT_TAIL_MAX = 1_500;
/** Time within which the kernel must remove a killed postmaster. */
const PREDECESSOR_TIMEOUT_MS = 10_000;
/** Line numbers in postmaster.pid, as pg_ctl(1) reads it. */
const PID_LINE = 0;
const STATUS_LINE = 7;

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '64MB',
  max_connections: '100',
  // All data here is derived from the journal. A crash of the machine may lose the last commits, but never consistency.
  synchronous_commit: 'off',
};

export interface PostgresPlace {
  /** Folder of all files of Postgres, which belongs to the user that runs it. */
  readonly folder: string;
  readonly port: number;
  readonly password: string;
}

export function postgresUrl({ port, password }: PostgresPlace): string {
  return `postgres://${USER}:${password}@127.0.0.1:${String(port)}/${DATABASE}`;
}

/**
 * Creates the database files if they do not exist. Creates them in a temporary folder, so that a kill leaves no partial
 * files.
 */
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
    throw new UserError(`Failed to create the database in ${folder}: ${initdbErrorIn(error)}`);
  });
  await rm(passwordFile);
  await rename(fresh, data);
}

/** Returns the last lines of initdb's output or, without output, the reason why it could not run. */
function initdbErrorIn(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  return stderr === '' ? String(error) : stderr.slice(-OUTPUT_TAIL_MAX);
}

/**
 * Waits until a killed postmaster has disappeared. Postgres treats even a zombie as another postmaster on the same
 * data. If the parent never reaps the zombie, its pid file is removed instead.
 */
export async function previousPostmasterGone(folder: string, timeoutMs = PREDECESSOR_TIMEOUT_MS): Promise<void> {
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
    // SIGINT is Postgres's "fast" shutdown: it closes sessions and keeps all commits.
    stopSignal: 'SIGINT',
    notReadyBecause: 'it does not accept clients',
    ready: (signal, pid) => whenReady(join(data, 'postmaster.pid'), pid, signal),
  };
}

/** A file of an earlier postmaster has another process id or an older state. */
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
