/** Reason why a semaphore did not grant a permit. */
export type Denial = 'full' | 'timeout' | 'aborted';

const DENIAL_TEXT: Readonly<Record<Denial, string>> = {
  full: 'Too many callers already wait for a permit.',
  timeout: 'No permit became free in time.',
  aborted: 'The caller stopped waiting for a permit.',
};

/** Thrown when no permit was granted. The work did not run, so the caller may retry it. */
export class SemaphoreDenied extends Error {
  constructor(readonly denial: Denial) {
    super(DENIAL_TEXT[denial]);
    this.name = 'SemaphoreDenied';
  }
}

export interface SemaphoreOptions {
  /** Number of callers that may work at the same time. */
  readonly permits: number;
  /** Number of callers that may wait; unlimited if absent. The owner must bound the callers in some other way then. */
  readonly waitingMax?: number;
}

export interface WaitOptions<Result> {
  /** Ends the wait when it aborts. Running work is not affected. */
  readonly signal?: AbortSignal;
  /** Longest wait for a permit in milliseconds; unlimited if absent. */
  readonly timeoutMs?: number;
  /** Urgent callers go before all others. Callers of the same urgency go in the order of their calls. */
  readonly isUrgent?: boolean;
  /** Replaces the outcome of `run` when no permit was granted: it returns a value or throws an error of the caller. */
  readonly denied?: (denial: Denial) => Result;
}

/** Lets a limited number of callers work at the same time; the others wait. */
export class Semaphore {
  private held = 0;
  private readonly urgent = new Set<() => void>();
  private readonly ordinary = new Set<() => void>();

  constructor(private readonly options: SemaphoreOptions) {}

  /**
   * Runs `work` while it holds a permit.
   * @throws SemaphoreDenied if the wait ended without a permit and there is no `denied`; `work` did not run then
   */
  async run<Result>(work: () => Promise<Result>, options: WaitOptions<Result> = {}): Promise<Result> {
    const denial = await this.acquire(options);
    if (denial && options.denied) return options.denied(denial);
    if (denial) throw new SemaphoreDenied(denial);
    try {
      return await work();
    } finally {
      this.release();
    }
  }

  private acquire<Result>(options: WaitOptions<Result>): Promise<Denial | undefined> | Denial | undefined {
    if (options.signal?.aborted) return 'aborted';
    if (this.held < this.options.permits) {
      this.held += 1;
      return undefined;
    }
    const waiting = this.urgent.size + this.ordinary.size;
    return waiting >= (this.options.waitingMax ?? Infinity) ? 'full' : this.wait(options);
  }

  /** Resolves with undefined once the caller holds a permit. */
  private wait<Result>({ signal, timeoutMs, isUrgent = false }: WaitOptions<Result>): Promise<Denial | undefined> {
    const queue = isUrgent ? this.urgent : this.ordinary;
    return new Promise((resolve) => {
      const end = (denial: Denial | undefined): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
        queue.delete(enter);
        resolve(denial);
      };
      const enter = (): void => end(undefined);
      const abort = (): void => end('aborted');
      const timer = timeoutMs === undefined ? undefined : setTimeout(() => end('timeout'), timeoutMs);
      signal?.addEventListener('abort', abort);
      queue.add(enter);
    });
  }

  /** Passes the permit directly to the next waiting caller, so that a new caller cannot overtake it. */
  private release(): void {
    const [next] = this.urgent.size > 0 ? this.urgent : this.ordinary;
    if (next) next();
    else this.held -= 1;
  }
}
