import Docker from 'dockerode';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const START_TIMEOUT_MS = 30_000;

/**
 * A Docker daemon that the test may stop and kill, with a containerd that survives it, as on a machine where both are
 * services. It runs in its own network namespace, because a daemon without a bridge removes any `docker0`. Its
 * containers
 * have no network.
 */
export class PrivateDocker {
  private containerd: ChildProcess | undefined;
  private daemon: ChildProcess | undefined;

  private constructor(private readonly directory: string) {}

  static async create(): Promise<PrivateDocker> {
    return new PrivateDocker(await mkdtemp(join(tmpdir(), 'stowage-docker-')));
  }

  get socketPath(): string {
    return this.place('docker.sock');
  }

  get client(): Docker {
    return new Docker({ socketPath: this.socketPath });
  }

  async start(): Promise<void> {
    const containerd = this.place('containerd.sock');
    const stores = ['--root', this.place('containerd'), '--state', this.place('containerd-state')];
    this.containerd ??= this.spawn('containerd', ['--address', containerd, ...stores, '--log-level', 'warn']);
    const places = [
      '--data-root',
      this.place('data'),
      '--exec-root',
      this.place('exec'),
      '--pidfile',
      this.place('pid'),
    ];
    const network = ['--bridge', 'none', '--iptables=false', '--ip-masq=false'];
    const where = ['--host', `unix://${this.socketPath}`, '--containerd', containerd];
    // unshare executes dockerd in its place, so signals reach it.
    const daemon = this.spawn('unshare', ['--net', 'dockerd', ...places, ...network, ...where, '--log-level', 'warn']);
    this.daemon = daemon;
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!(await this.answers())) {
      if (Date.now() > deadline || daemon.exitCode !== null) throw new Error(await this.log());
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** SIGTERM stops the containers too, because live restore is off by default. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await end(this.daemon, signal);
    this.daemon = undefined;
  }

  /** Ends the daemon and removes everything that it created. */
  async destroy(): Promise<void> {
    if (!this.daemon) await this.start();
    for (const { Id } of await this.client.listContainers({ all: true })) {
      await this.client.getContainer(Id).remove({ force: true, v: true });
    }
    await this.stop();
    await end(this.containerd, 'SIGTERM');
    await this.unmount();
    await rm(this.directory, { recursive: true, force: true });
  }

  /**
   * Unmounts the file systems of containers. An ended daemon leaves some mounted, and the next one cannot remove them.
   */
  async unmount(): Promise<void> {
    const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
    const own = mounts.filter((path) => path.startsWith(this.directory)).reverse();
    if (own.length > 0) await promisify(execFile)('umount', ['--lazy', ...own]);
  }

  private async answers(): Promise<boolean> {
    try {
      await this.client.ping();
      return true;
    } catch {
      return false;
    }
  }

  private spawn(command: string, args: readonly string[]): ChildProcess {
    const log = openSync(this.place('log'), 'a');
    return spawn(command, args, { stdio: ['ignore', log, log] });
  }

  private place(name: string): string {
    return join(this.directory, name);
  }

  private log(): Promise<string> {
    return readFile(this.place('log'), 'utf8');
  }
}

async function end(child: ChildProcess | undefined, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}
