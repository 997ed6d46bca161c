import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The bench runs compiled, from a folder of its own. */
const ROOT = process.env['BENCH_ROOT'] ?? join(__dirname, '..', '..');
const run = promisify(execFile);

/** An app as a process of its own, compiled, as it is deployed. */
export class AppProcess {
  private output = '';

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    process.once('exit', this.killNow);
  }

  /** Compiles what has changed since the last time, and starts `apps/<app>/src/main.ts`. */
  static async start(
    app: string,
    environment: Readonly<Record<string, string>>,
    args: readonly string[] = [],
  ): Promise<AppProcess> {
    await run(process.execPath, [join(ROOT, 'apps/stowage/setup/build.js')], { cwd: ROOT });
    const main = join(ROOT, 'dist/apps', app, 'src/main.js');
    const child = spawn(process.execPath, ['--enable-source-maps', main, ...args], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new AppProcess(child);
  }

  /** What it said so far, on both of its outputs. */
  get log(): string {
    return this.output;
  }

  /** User and system time that it has used, in seconds. */
  get cpuSeconds(): number {
    return cpuSecondsOf(this.child.pid ?? 0);
  }

  /** Ends it, and resolves with its exit code when it has ended; null when the signal ended it. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const ended = once(this.child, 'exit');
      this.child.kill(signal);
      await ended;
    }
    process.off('exit', this.killNow);
    return this.child.exitCode;
  }

  private readonly killNow = (): void => void this.child.kill('SIGKILL');
}

/** Of a process and its ended children, by its id; Linux only, as the control plane is. */
export function cpuSecondsOf(pid: number): number {
  // utime, stime, cutime, cstime (proc(5)); the name before them may hold blanks.
  const ticks =
    readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .split(') ')[1]
      ?.split(' ')
      .slice(11, 15) ?? [];
  const ticksPerSecond = 100;
  return ticks.reduce((sum, each) => sum + Number(each), 0) / ticksPerSecond;
}
