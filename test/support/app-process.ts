import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Benchmarks run compiled code from their own folder. */
const ROOT = process.env['BENCH_ROOT'] ?? join(__dirname, '..', '..');
const run = promisify(execFile);

/** An app as its own process, compiled, as it is deployed. */
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

  /** Output of the process so far, on both streams. */
  get log(): string {
    return this.output;
  }

  /** User and system time that the process has used, in seconds. */
  get cpuSeconds(): number {
    return cpuSecondsOf(this.child.pid ?? 0);
  }

  /** Ends the process, and resolves with its exit code, or with null if the signal ended it. */
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

/** Returns the CPU time of a process and its ended children. Works on Linux only, like the control plane. */
export function cpuSecondsOf(pid: number): number {
  // utime, stime, cutime, cstime (proc(5)); the name before them may contain spaces.
  const ticks =
    readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .split(') ')[1]
      ?.split(' ')
      .slice(11, 15) ?? [];
  const ticksPerSecond = 100;
  return ticks.reduce((sum, each) => sum + Number(each), 0) / ticksPerSecond;
}
