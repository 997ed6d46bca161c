import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ECSClient } from '@aws-sdk/client-ecs';

const ROOT = resolve(__dirname, '../..');
/** Time limit for a start on a busy machine. */
export const START_TIMEOUT_MS = 120_000;
const READY = /Stowage is ready at (http:\/\/\S+)/;

export interface Ended {
  readonly code: number | null;
  readonly stderr: string;
  readonly stdout: string;
}

/** A whole Stowage, as `npm start` runs it, with its own data and ports. */
export class TestStowage {
  private child: ChildProcess | undefined;
  private ending: Promise<Ended> | undefined;

  /** Options of the next start. */
  args: readonly string[];
  /** Words before the command of the next start. */
  prefix: readonly string[] = [];

  private constructor(
    readonly root: string,
    readonly data: string,
    readonly port: number,
    args: readonly string[],
  ) {
    this.args = args;
  }

  /** Creates a Stowage that is not started yet. */
  static async at(...args: readonly string[]): Promise<TestStowage> {
    const data = mkdtempSync(join(tmpdir(), 'stowage-whole-'));
    return new TestStowage(ROOT, data, await freePorts(), args);
  }

  /** Creates a Stowage on existing data, which is not started yet. */
  static async on(data: string, ...args: readonly string[]): Promise<TestStowage> {
    return new TestStowage(ROOT, data, await freePorts(), args);
  }

  /** Creates a Stowage in another clone, on its default data. It is not started yet. */
  static async inClone(root: string): Promise<TestStowage> {
    return new TestStowage(root, join(root, '.stowage'), await freePorts(), []);
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  get env(): string {
    return join(this.data, 'env');
  }

  /** The AWS configuration file next to it. */
  get awsConfig(): string {
    return join(this.data, 'aws-config');
  }

  /** Starts, or starts again on the same data. Resolves when it is ready. @throws Error with its output if it ends. */
  async start(): Promise<void> {
    const { child, ended } = this.launch();
    this.child = child;
    this.ending = ended;
    const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
    const ready = new Promise<void>((done) => {
      let said = '';
      child.stdout?.on('data', (text: string) => {
        said += text;
        if (READY.test(said)) done();
      });
    });
    const failed = ended.then(({ code, stderr }) => {
      throw new Error(`It ended with code ${String(code)}: ${stderr}`);
    });
    try {
      await Promise.race([ready, failed]);
    } finally {
      clearTimeout(timer);
      failed.catch(() => undefined);
    }
  }

  /** Runs a start that is expected to end by itself. */
  attempt(): Promise<Ended> {
    return this.launch().ended;
  }

  /** Sends the signal and waits for the end. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.child?.kill(signal);
    return this.ended();
  }

  ended(): Promise<Ended> {
    if (!this.ending) throw new Error('It was not started.');
    return this.ending;
  }

  /** Settings that it writes for clients. */
  variables(): Readonly<Record<string, string>> {
    const lines = readFileSync(this.env, 'utf8').matchAll(/^export (\w+)=(.*)$/gm);
    return Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value]));
  }

  ecs(): ECSClient {
    const { AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = this.variables();
    return new ECSClient({
      endpoint: AWS_ENDPOINT_URL!,
      region: AWS_REGION!,
      credentials: { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY },
    });
  }

  /** Runs `npx stowage ...` on this data. Returns the standard output. */
  command(...args: readonly string[]): string {
    return execFileSync(
      process.execPath,
      [join(this.root, 'apps/stowage/bin/stowage.js'), '--data', this.data, ...args],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
  }

  /** Like `command`, with a reader of its standard output that exits at once. Returns the standard error. */
  unread(...args: readonly string[]): string {
    const pipe = ['-c', '"$@" | true', 'sh', process.execPath, join(this.root, 'apps/stowage/bin/stowage.js')];
    return spawnSync('sh', [...pipe, '--data', this.data, ...args], { encoding: 'utf8' }).stderr;
  }

  /** Runs `npm run reset`, in any state of Stowage. */
  reset(): void {
    this.command('reset');
    rmSync(this.data, { recursive: true, force: true });
  }

  private launch(): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
    const args = ['--port', String(this.port), '--data', this.data, ...this.args];
    const start = [...this.prefix, process.execPath, join(this.root, 'apps/stowage/setup/start.js'), ...args];
    const [command = '', ...words] = start;
    const child = spawn(command, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
    const ended = new Promise<Ended>((done) => child.once('exit', (code) => done({ code, ...said })));
    return { child, ended };
  }
}

/** Resolves with the first of three consecutive free ports. */
async function freePorts(): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 10_000);
    const free = await Promise.all([first, first + 1, first + 2].map(isFree));
    if (free.every(Boolean)) return first;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const probe = createServer();
    probe.once('error', () => done(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => done(true)));
  });
}
