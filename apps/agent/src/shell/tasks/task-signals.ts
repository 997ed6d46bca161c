import type { StepSignals } from '../containers/container-steps';

/** Signals that abort the steps of one task. */
export class TaskSignals implements StepSignals {
  private readonly stopping = new AbortController();
  private readonly abandoning = new AbortController();
  private readonly ending = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  /**
   * `abandonMs`: time in milliseconds from the stop until the task no longer waits for requests that Docker is
   * processing.
   */
  constructor(private readonly abandonMs: number) {}

  get stop(): AbortSignal {
    return this.stopping.signal;
  }

  get abandon(): AbortSignal {
    return this.abandoning.signal;
  }

  get closing(): AbortSignal {
    return this.ending.signal;
  }

  /** Aborts `stop` now, and `abandon` after `abandonMs`. */
  stopNow(): void {
    if (this.stopping.signal.aborted) return;
    this.stopping.abort();
    this.timer = setTimeout(() => this.abandoning.abort(), this.abandonMs);
  }

  /** Aborts all signals, because the agent closes. */
  close(): void {
    clearTimeout(this.timer);
    this.ending.abort();
    this.stopping.abort();
    this.abandoning.abort();
  }
}
