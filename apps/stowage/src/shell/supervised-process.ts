import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ClearFailure } from '../clear-failure';
import { afterDeath, type Deaths, NO_DEATHS, RESTART_POLICY, type RestartPolicy } from '../core/restart-delay';

/** What to run and how to treat it. */
export interface ProcessPlan {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** Resolves once the process does its work; given up when `signal` aborts because it died. */
  readonly ready: (signal: AbortSignal, pid: number) => Promise<void>;
  /** What is missing until then, as a clause: "its API does not answer at ...". */
  readonly notReadyBecause: string;
  readonly stopSignal: NodeJS.Signals;
  readonly stopTimeoutMs: number;
  readonly readyTimeoutMs: number;
  /** How often a process that is not ready yet is reported. */
  readonly readyReportMs: number;
  readonly restart?: RestartPolicy;
}

/** Characters of a log that are carried into the message when a process fails at its start. */
const LOG_TAIL_MAX = 1_500;
/** A log that has grown beyond this is set aside at the next start, over the one set aside before. */
const LOG_BYTES_MAX = 16 * 1024 * 1024;

/**
 * One process that is kept running. It lives in a session of its own, so that a Ctrl-C in the terminal reaches only the
 * supervisor, which ends its processes in order; and it writes to a file, so that it can outlive the supervisor.
 */
export class SupervisedProcess {
  private child: ChildProcess | undefined;
  private deaths: Deaths = NO_DEATHS;
  private startedAt = 0;
  /** How long the log was when the process was last started. */
  private logStart = 0;
  private stopping = false;
  private readonly wake = new AbortController();

  constructor(
    private readonly plan: ProcessPlan,
    private readonly tell: (sentence: string) => void,
  ) {}

  get name(): string {
    return this.plan.name;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Resolves when it is ready. @throws ClearFailure it died or did not become ready; it does not run then. */
  async start(): Promise<void> {
    const child = this.spawn();
    try {
      await this.whenReady(child);
    } catch (error) {
      await this.stop();
      throw error;
    }
    child.once('exit', (code, signal) => void this.revive(code, signal));
    if (hasEnded(child)) void this.revive(child.exitCode, child.signalCode);
  }

  /** Ends it for good: the stop signal, and SIGKILL when that was not enough. */
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
        reject(new ClearFailure(`${name} ${what}. ${this.logEnd()}`));
      };
      child.once('error', (error) => fail(`cannot be started (${error.message})`));
      child.once('exit', (code, signal) => fail(`ended at its start (${String(signal ?? code)})`));
      givenUp.signal.addEventListener('abort', () => {
        fail(`was not ready within ${seconds(readyTimeoutMs)}: ${notReadyBecause}`);
      });
    });
    const timer = setTimeout(() => givenUp.abort(), readyTimeoutMs);
    const began = performance.now();
    const reports = setInterval(() => {
      const waited = seconds(performance.now() - began);
      this.tell(`Waiting for ${name} (${waited}): ${notReadyBecause} yet. Its log is ${logFile}.`);
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

  /** The last lines that this run of the process wrote, as a sentence. */
  private logEnd(): string {
    const { logFile } = this.plan;
    const tail = readFileSync(logFile).subarray(this.logStart).toString('utf8').slice(-LOG_TAIL_MAX).trim();
    return tail === '' ? `It wrote nothing to its log, ${logFile}.` : `Its log, ${logFile}, ends with:\n${tail}`;
  }

  private async revive(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    let how = String(signal ?? code);
    while (!this.stopping) {
      const { name, logFile, restart } = this.plan;
      this.deaths = afterDeath(this.deaths, performance.now() - this.startedAt, restart ?? RESTART_POLICY);
      this.tell(`${name} ended (${how}) and is started again; ${logFile} says more.`);
      await delay(this.deaths.delayMs, undefined, { signal: this.wake.signal }).catch(() => undefined);
      if (this.wake.signal.aborted) return;
      how = await endOf(this.spawn());
    }
  }
}

const seconds = (ms: number): string => `${String(Math.round(ms / 1_000))} s`;

/** Resolves with how a process ended, or why it could not be started. */
function endOf(child: ChildProcess): Promise<string> {
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
