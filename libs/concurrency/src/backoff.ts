import { sleep } from './sleep';

export interface BackoffBounds {
  /** Delay before the first retry, in milliseconds. It doubles with each further failure. */
  readonly minMs: number;
  /** Upper bound of the delay, in milliseconds. */
  readonly maxMs: number;
}

/** Returns the delay in milliseconds before retry number `attempt`, counted from 1: `minMs` doubled per attempt, at most `maxMs`. */
export function backoffMs(attempt: number, { minMs, maxMs }: BackoffBounds): number {
  return Math.min(maxMs, minMs * 2 ** Math.max(0, attempt - 1));
}

/** Delays between attempts of one loop: each failure doubles the delay up to a bound, and a success resets it. */
export class Backoff {
  private failures = 0;

  constructor(private readonly bounds: BackoffBounds) {}

  succeeded(): void {
    this.failures = 0;
  }

  /** Counts a failure and waits before the next attempt. Resolves early when `signal` aborts. */
  async failed(signal?: AbortSignal): Promise<void> {
    this.failures += 1;
    await sleep(backoffMs(this.failures, this.bounds), signal);
  }
}
