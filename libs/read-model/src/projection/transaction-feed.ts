import type { CommittedTransaction } from '@stowage/journal';

/**
 * Buffer between the reader of the journal and the projection. All waiting transactions are taken together, so that a
 * single event is projected at once and batches grow under load, without a timer.
 */
export class TransactionFeed {
  private readonly waiting: CommittedTransaction[] = [];
  private events = 0;
  private ended: { readonly error?: Error } | undefined;
  private closing = false;
  private wake: () => void = () => undefined;
  private readonly pumping: Promise<void>;

  constructor(
    source: AsyncIterable<CommittedTransaction>,
    /** Maximum number of waiting events. Reading pauses while it is reached. */
    private readonly eventsMax: number,
  ) {
    this.pumping = this.pump(source);
  }

  /**
   * Resolves with at least one transaction and with all that wait, up to `eventsMax` events (a single transaction may
   * exceed it). Resolves with none if the source has ended.
   * @throws The error of the source, after all earlier transactions have been taken.
   */
  async take(eventsMax: number): Promise<readonly CommittedTransaction[]> {
    while (this.waiting.length === 0 && !this.ended) await this.nextChange();
    if (this.waiting.length === 0 && this.ended?.error) throw this.ended.error;
    let count = 0;
    let events = 0;
    for (const transaction of this.waiting) {
      if (count > 0 && events + transaction.events.length > eventsMax) break;
      count += 1;
      events += transaction.events.length;
    }
    this.events -= events;
    this.wake();
    return this.waiting.splice(0, count);
  }

  /**
   * Resolves when the source has ended. The caller must abort the signal of the source first. Waiting transactions are
   * dropped.
   */
  async close(): Promise<void> {
    this.closing = true;
    this.wake();
    await this.pumping;
  }

  private async pump(source: AsyncIterable<CommittedTransaction>): Promise<void> {
    try {
      for await (const transaction of source) {
        this.waiting.push(transaction);
        this.events += transaction.events.length;
        this.wake();
        while (this.events >= this.eventsMax && !this.closing) await this.nextChange();
      }
      this.ended = {};
    } catch (error) {
      this.ended = { error: error instanceof Error ? error : new Error(String(error)) };
    }
    this.wake();
  }

  /** Resolves at the next change by the source or by the consumer. */
  private nextChange(): Promise<void> {
    return new Promise((resolve) => {
      const earlier = this.wake;
      this.wake = () => {
        this.wake = () => undefined;
        earlier();
        resolve();
      };
    });
  }
}
