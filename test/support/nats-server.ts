import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface NatsServerOptions {
  /** Further lines of nats.conf, at its top level. */
  readonly config?: string;
  /** `always` as in production. Tests that only need a working journal are faster without it. */
  readonly sync?: 'always' | '2m';
  /** Maximum number of pending batches of all clients of the server. */
  readonly batchesInFlight?: number;
  /** Port of the server, which a restart keeps. A free one by default. */
  readonly port?: number;
  /** Replaces the whole generated file. The caller sets store and port in it. */
  readonly configFile?: string;
}

const START_TIMEOUT_MS = 10_000;

/** A real nats-server with JetStream for one test file, with its own port and a store that survives restarts. */
export class NatsServer {
  private child: ChildProcess | undefined;
  private chosenPort = 0;

  private constructor(
    private readonly directory: string,
    private readonly options: NatsServerOptions,
  ) {}

  static async start(options: NatsServerOptions = {}): Promise<NatsServer> {
    const server = new NatsServer(mkdtempSync(join(tmpdir(), 'stowage-nats-')), options);
    await server.launch();
    return server;
  }

  get port(): number {
    return this.chosenPort;
  }

  get url(): string {
    return `nats://127.0.0.1:${String(this.chosenPort)}`;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Standard error of the server. */
  get log(): string {
    return readFileSync(join(this.directory, 'nats.log'), 'utf8');
  }

  /** Kills the server with SIGKILL. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Starts the server again on the same port and store. */
  async restart(): Promise<void> {
    await this.kill();
    await this.launch();
  }

  async launch(): Promise<void> {
    const ports = mkdtempSync(join(this.directory, 'ports-'));
    const file = this.options.configFile ?? this.writeConfig();
    const port = this.chosenPort || (this.options.port ?? -1);
    const given = this.options.configFile ? [] : ['-p', String(port), '-a', '127.0.0.1'];
    const args = ['-c', file, '--ports_file_dir', ports, '-l', join(this.directory, 'nats.log'), ...given];
    this.child = spawn(natsServerBinary(), args, { stdio: 'ignore' });
    process.once('exit', this.killNow);
    this.chosenPort = await readPort(
      ports,
      () => this.child?.exitCode ?? undefined,
      () => this.log,
    );
    rmSync(ports, { recursive: true });
  }

  /** Ends the server and removes its store. */
  async stop(): Promise<void> {
    await this.end('SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
  }

  private readonly killNow = (): void => {
    this.child?.kill('SIGKILL');
  };

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.child;
    process.removeListener('exit', this.killNow);
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  private writeConfig(): string {
    const file = join(this.directory, 'nats.conf');
    const lines = [
      'jetstream {',
      `  store_dir: ${JSON.stringify(join(this.directory, 'jetstream'))}`,
      `  sync_interval: ${this.options.sync ?? 'always'}`,
      `  limits { batch { max_inflight_per_stream: ${String(this.options.batchesInFlight ?? 1_000)}, timeout: 2s } }`,
      '}',
      'max_payload: 8MB',
      this.options.config ?? '',
    ];
    writeFileSync(file, lines.join('\n'));
    return file;
  }
}

/** `STOWAGE_NATS_SERVER`, otherwise the program that the set-up keeps in `.stowage/bin`, otherwise the one in PATH. */
export function natsServerBinary(): string {
  const own = join(__dirname, '../../.stowage/bin/nats-server');
  return process.env['STOWAGE_NATS_SERVER'] ?? (existsSync(own) ? own : 'nats-server');
}

/** The server writes its ports to a file when it listens. */
async function readPort(directory: string, exitCode: () => number | undefined, log: () => string): Promise<number> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const file = readdirSync(directory).find((name) => name.endsWith('.ports'));
    const content = file && readFileSync(join(directory, file), 'utf8');
    if (content) {
      const url = (JSON.parse(content) as { readonly nats: readonly string[] }).nats[0] ?? '';
      return Number(new URL(url).port);
    }
    if (exitCode() !== undefined) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`nats-server did not start: ${log()}`);
}
