import { unlessAbandoned } from '../containers/abandoned';

/** One pull for all tasks that need its image. It is aborted when the last of them stops waiting. */
export class SharedPull {
  private readonly pulled: Promise<void>;
  private readonly unwanted = new AbortController();
  private waiting = 0;

  constructor(pull: (signal: AbortSignal) => Promise<void>) {
    this.pulled = pull(this.unwanted.signal);
  }

  /** No further task can wait for an aborted pull. */
  get isAborted(): boolean {
    return this.unwanted.signal.aborted;
  }

  /** @throws Abandoned if `signal` aborts before the pull has ended */
  async wait(signal: AbortSignal): Promise<void> {
    this.waiting += 1;
    try {
      await unlessAbandoned(this.pulled, signal);
    } finally {
      this.waiting -= 1;
      if (this.waiting === 0) this.unwanted.abort();
    }
  }
}
