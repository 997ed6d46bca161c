import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { UserError } from '../user-error';
import { afterExit, type Restarts, NO_RESTARTS, RESTART_POLICY, type RestartPolicy } from '../core/restart-delay';

/** Command line, readiness check and timeouts of a process. */
export interface ProcessPlan {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** Resolves once the process is ready. `signal` aborts when the process exits or `readyTimeoutMs` is over. */
  readonly ready: (signal: AbortSignal, pid: number) => Promise<void>;
  /** Missing condition until the process is ready, as a clause: "its API does not answer at ...". */
  readonly notReadyBecause: string;
  readonly stopSignal: NodeJS.Signals;
  readonly stopTimeoutMs: number;
  readonly readyTimeoutMs: number;
  /** Interval between messages about a process that is not ready. */
  readonly readyReportMs: number;
  readonly restart?: RestartPolicy;
}

/** Maximum number of characters of the log in the error message of a failed start. */
const LOG_TAIL_MAX = 1_500;
/** Size above which a log is renamed at the next start. It replaces the log that was renamed before. */
const LOG_BYTES_MAX = 16 * 1024 * 1024;

/**
 * One process that is restarted whenever it exits. It has its own session, so that a Ctrl-C reaches only the
 * supervisor, which stops its processes in order. It writes to a file, so that it can outlive the supervisor.
 */
export class SupervisedProcess {
  private child: ChildProcess | undefined;
  private restarts: Restarts = NO_RESTARTS;
  private startedAt = 0;
  /** Size of the log when the process was last started. */
  private logStart = 0;
  private stopping = false;
  private readonly wake = new AbortController();

  constructor(
    private readonly plan: ProcessPlan,
    private readonly report: (sentence: string) => void,
  ) {}

  get name(): string {
    return this.plan.name;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /**
   * Resolves when the process is ready.
   * @throws UserError if it exits or is not ready in time. It does not run then.
   */
  async start(): Promise<void> {
    const child = this.spawn();
    try {
      await this.whenReady(child);
    } catch (error) {
      await this.stop();
      throw error;
    }
    child.once('exit', (code, signal) => void this.restartAfterExit(code, signal));
    if (hasEnded(child)) void this.restartAfterExit(child.exitCode, child.signalCode);
  }

  /** Stops the process permanently: sends the stop signal, and SIGKILL after `stopTimeoutMs`. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.wake.abort();
    const { child } = this;
    if (!child || hasEnded(child)) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(this.plan.stopSignal);
    const killer = setTimeout(() => child.kill('SIGKILL'), this.plan.stopTimeoutMs);
    await ended;
    clearTimeout(killer);
  }

  private spawn(): ChildProcess {
    const log = openLog(this.plan.logFile);
    this.logStart = fstatSync(log).size;
    const { command, args, env } = this.plan;
    const child = spawn(command, args, { env, detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    this.child = child;
    this.startedAt = performance.now();
    return child;
  }

  private async whenReady(child: ChildProcess): Promise<void> {
    const { name, ready, notReadyBecause, readyTimeoutMs, readyReportMs, logFile } = this.plan;
    const givenUp = new AbortController();
    const failed = new Promise<never>((_, reject) => {
      const fail = (what: string): void => {
        reject(new UserError(`${name} ${what}. ${this.endOfLog()}`));
      };
      child.once('error', (error) => fail(`failed to start (${error.message})`));
      child.once('exit', (code, signal) => fail(`exited during its start (${String(signal ?? code)})`));
      givenUp.signal.addEventListener('abort', () => {
        fail(`was not ready within ${seconds(readyTimeoutMs)}: ${notReadyBecause}`);
      });
    });
    const timer = setTimeout(() => givenUp.abort(), readyTimeoutMs);
    const began = performance.now();
    const reports = setInterval(() => {
      const waited = seconds(performance.now() - began);
      this.report(`Waiting for ${name} (${waited}): ${notReadyBecause} yet. Its log is ${logFile}.`);
    }, readyReportMs);
    try {
      await Promise.race([ready(givenUp.signal, child.pid ?? 0), failed]);
    } finally {
      clearTimeout(timer);
      clearInterval(reports);
      failed.catch(() => undefined);
      givenUp.abort();
    }
  }

  /** Returns the end of the log since the last start of the process, as a sentence. */
  private endOfLog(): string {
    const { logFile } = this.plan;
    const tail = readFileSync(logFile).subarray(this.logStart).toString('utf8').slice(-LOG_TAIL_MAX).trim();
    return tail === '' ? `It wrote nothing to its log, ${logFile}.` : `Its log, ${logFile}, ends with:\n${tail}`;
  }

  private async restartAfterExit(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    let how = String(signal ?? code);
    while (!this.stopping) {
      const { name, logFile, restart } = this.plan;
      this.restarts = afterExit(this.restarts, performance.now() - this.startedAt, restart ?? RESTART_POLICY);
      this.report(`${name} exited (${how}); will restart it. For the cause, see ${logFile}.`);
      await delay(this.restarts.delayMs, undefined, { signal: this.wake.signal }).catch(() => undefined);
      if (this.wake.signal.aborted) return;
      how = await exitOf(this.spawn());
    }
  }
}

const seconds = (ms: number): string => `${String(Math.round(ms / 1_000))} s`;

/** Resolves with the exit code or signal of a process, or the reason why it could not be started. */
function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(String(signal ?? code)));
  });
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_BYTES_MAX) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}
