import type { CommittedTransaction } from '@stowage/journal';

/**
 * Transactions between whoever follows the journal and whoever projects them. What waits is taken together, so a lone
 * event is projected at once and under load the batches grow by themselves, without a timer.
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
    /** So many events may wait; then the journal is not read on. */
    private readonly eventsMax: number,
  ) {
    this.pumping = this.pump(source);
  }

  /**
   * At least one transaction, and as many as there are up to `eventsMax` events (one transaction may have more by itself);
   * none when the source has ended. Throws what the source threw, after all that came before.
   */
  async take(eventsMax: number): Promise<readonly CommittedTransaction[]> {
    while (this.waiting.length === 0 && !this.ended) await this.news();
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

  /** Resolves when the source has ended: abort its signal first. What is still waiting is dropped. */
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
        while (this.events >= this.eventsMax && !this.closing) await this.news();
      }
      this.ended = {};
    } catch (error) {
      this.ended = { error: error instanceof Error ? error : new Error(String(error)) };
    }
    this.wake();
  }

  /** Resolves at the next change, of either side. */
  private news(): Promise<void> {
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
