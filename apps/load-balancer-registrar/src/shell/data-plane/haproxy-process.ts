import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, readSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * The path of a Unix socket has at most 107 bytes. HAProxy splits or expands it at commas, quotes and similar
 * characters.
 */
const SOCKET_PATH = /^[\w./ -]{1,100}$/;
/** A log larger than this is renamed at the next start and replaces the one that was renamed before. */
const LOG_BYTES_MAX = 16 * 1024 * 1024;
const POLL_MS = 20;

/** Files of one HAProxy, in a folder of its own. */
export interface HaproxyPlaces {
  readonly directory: string;
  readonly config: string;
  readonly candidate: string;
  readonly log: string;
  readonly pidFile: string;
  readonly socket: string;
}

/** Creates the folders that do not exist yet. */
export function haproxyPlaces(directory: string): HaproxyPlaces {
  mkdirSync(join(directory, 'maps'), { recursive: true, mode: 0o755 });
  const here = join(directory, 'master.sock');
  const short = join(tmpdir(), `stowage-${createHash('sha1').update(directory).digest('hex').slice(0, 16)}`);
  const isFit = SOCKET_PATH.test(here);
  if (!isFit) mkdirSync(short, { recursive: true, mode: 0o700 });
  return {
    directory,
    config: join(directory, 'haproxy.cfg'),
    candidate: join(directory, 'candidate.cfg'),
    log: join(directory, 'haproxy.log'),
    pidFile: join(directory, 'haproxy.pid'),
    socket: isFit ? here : join(short, 'master.sock'),
  };
}

/**
 * HAProxy's master and its workers. The process outlives the registrar: it continues to serve when the registrar is
 * killed, and the next registrar finds it by its folder.
 */
export class HaproxyProcess {
  /** The process that was started here. It exists before its pid file, which takes long to appear on a busy machine. */
  private started: ChildProcess | undefined;
  private startError: string | undefined;
  /** Size of the log file at the last start. */
  private loggedBefore = 0;

  constructor(
    private readonly program: string,
    private readonly places: HaproxyPlaces,
    private readonly mark?: string,
  ) {}

  /** Pid of the master if it runs. */
  get pid(): number | undefined {
    const { started } = this;
    if (started?.pid !== undefined && started.exitCode === null && started.signalCode === null) return started.pid;
    const pid = Number(read(this.places.pidFile).trim());
    if (!Number.isInteger(pid) || pid <= 0) return undefined;
    // Another process may have got the same pid.
    const words = read(`/proc/${String(pid)}/cmdline`).split('\0');
    return words.includes(this.places.config) ? pid : undefined;
  }

  /** Starts HAProxy with the configuration on disk. Its socket answers only some time later. */
  start(): void {
    const { config, pidFile, socket, log } = this.places;
    rmSync(pidFile, { force: true });
    const output = openLog(log);
    this.loggedBefore = fstatSync(output).size;
    const child = spawn(this.program, ['-W', '-S', `${socket},mode,600`, '-f', config, '-p', pidFile], {
      detached: true,
      stdio: ['ignore', output, output],
      env: this.mark === undefined ? {} : { STOWAGE_PROCESS: this.mark },
    });
    this.startError = undefined;
    child.on('error', ({ message }) => (this.startError = message));
    this.started = child;
    child.unref();
    closeSync(output);
  }

  /** Returns the last lines that the process has written since it was started here, as one line. */
  lastOutput(): string {
    if (this.startError !== undefined) return this.startError;
    const written = tail(this.places.log, this.loggedBefore).trim().split('\n').slice(-COMPLAINT_LINES_MAX).join(' ');
    return written === '' ? NO_OUTPUT : written;
  }

  /** Resolves with HAProxy's error about this configuration, or with undefined if HAProxy accepts it. */
  async configurationError(configFile: string): Promise<string | undefined> {
    try {
      await run(this.program, ['-c', '-q', '-f', configFile]);
      return undefined;
    } catch (error) {
      const output = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
      return output.trim().split('\n').slice(0, COMPLAINT_LINES_MAX).join(' ');
    }
  }

  /** Stops HAProxy. Workers have `timeoutMs` to finish their connections. */
  async end(timeoutMs: number): Promise<void> {
    const { pid } = this;
    if (pid === undefined) return;
    process.kill(pid, 'SIGUSR1');
    const deadline = performance.now() + timeoutMs;
    while (this.pid === pid && performance.now() < deadline) await delay(POLL_MS);
    if (this.pid === pid) process.kill(pid, 'SIGTERM');
  }
}

const COMPLAINT_LINES_MAX = 4;
const TAIL_BYTES_MAX = 2_048;
/** Text for a process that has written nothing. */
export const NO_OUTPUT = 'no output';

function openLog(file: string): number {
  const log = openSync(file, 'a', 0o600);
  if (fstatSync(log).size <= LOG_BYTES_MAX) return log;
  closeSync(log);
  renameSync(file, `${file}.old`);
  return openSync(file, 'a', 0o600);
}

/** Returns the last `TAIL_BYTES_MAX` bytes of the file after offset `from`; an empty text if the file does not exist. */
function tail(file: string, from: number): string {
  try {
    const log = openSync(file, 'r');
    try {
      const { size } = fstatSync(log);
      const begin = Math.max(from, size - TAIL_BYTES_MAX, 0);
      const bytes = Buffer.alloc(Math.max(0, size - begin));
      return bytes.toString('utf8', 0, readSync(log, bytes, 0, bytes.length, begin));
    } finally {
      closeSync(log);
    }
  } catch {
    return '';
  }
}

/** Returns an empty text if the file does not exist. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
