/** Pauses that double from one failure to the next, up to a bound, and start anew after a success. */
export class Backoff {
  private pauseMs: number;

  constructor(
    private readonly minMs: number,
    private readonly maxMs: number,
  ) {
    this.pauseMs = minMs;
  }

  succeeded(): void {
    this.pauseMs = this.minMs;
  }

  /** Waits before the next attempt; at once when `signal` aborts. */
  async failed(signal?: AbortSignal): Promise<void> {
    const pauseMs = this.pauseMs;
    this.pauseMs = Math.min(this.maxMs, this.pauseMs * 2);
    await sleep(pauseMs, signal);
  }
}

/** Resolves after `ms`, or when `signal` aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}

export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));
