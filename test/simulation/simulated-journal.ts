import type { EpochMs, JournalId } from '@stowage/domain';
import {
  type Committed,
  type CommittedTransaction,
  Journal,
  JournalUnavailable,
  MemoryJournal,
  PositionRefused,
  type StoredEvent,
  type Transaction,
} from '@stowage/journal';
import type { Faults } from './faults';
import type { Life, VirtualTime } from './virtual-time';

/** Time after which the outcome of a commit is unknown, like JetStreamJournal's `commitTimeoutMs`. */
const COMMIT_TIMEOUT_MS = 5_000;

interface Stored {
  readonly transaction: CommittedTransaction;
  readonly at: EpochMs;
}

/** The journal of a simulated world, with everything that was ever stored in it. */
export class JournalStore {
  readonly stored: Stored[] = [];
  readonly memory: MemoryJournal;
  private readonly waiting = new Map<() => void, Life>();

  constructor(
    private readonly time: VirtualTime,
    private readonly onStored: (transaction: CommittedTransaction) => void,
  ) {
    this.memory = new MemoryJournal({ openedAt: time.now });
    void this.gather();
  }

  get end(): number {
    return this.stored.at(-1)?.transaction.sequence ?? 0;
  }

  indexAfter(position: number): number {
    if (position === 0) return 0;
    const at = this.stored.findIndex(({ transaction }) => transaction.sequence === position);
    if (at < 0) throw new PositionRefused(`No transaction ends at ${String(position)}.`);
    return at + 1;
  }

  /** Resolves in `life` when a transaction was stored. */
  news(life: Life): Promise<void> {
    return new Promise((resolve) => void this.waiting.set(resolve, life));
  }

  private async gather(): Promise<void> {
    for await (const transaction of this.memory.follow(0, new AbortController().signal)) {
      this.stored.push({ transaction, at: this.time.now });
      this.onStored(transaction);
      for (const [wake, life] of this.waiting) this.time.schedule(life, 0, wake);
      this.waiting.clear();
    }
  }
}

/**
 * One process's connection to the journal. Requests and answers are delayed or lost, a request may arrive long after
 * its sender's timeout, and followers lag. It keeps the guarantees of the port, and no others.
 */
export class SimulatedJournal extends Journal {
  constructor(
    private readonly store: JournalStore,
    private readonly time: VirtualTime,
    private readonly life: Life,
    private readonly faults: Faults,
  ) {
    super();
  }

  get id(): JournalId {
    return this.store.memory.id;
  }

  commit(transaction: Transaction): Promise<Committed> {
    const { time, life, faults } = this;
    return new Promise((resolve, reject) => {
      const timeout = time.schedule(life, COMMIT_TIMEOUT_MS, () =>
        reject(new JournalUnavailable('The journal did not answer.')),
      );
      const answer = (settle: () => void): void => {
        if (faults.isAnswerLost()) return;
        time.schedule(life, faults.hopMs(), () => {
          timeout.isCancelled = true;
          settle();
        });
      };
      if (faults.isRequestLost()) return;
      // A commit in transit belongs to no process: its sender may die in the meantime.
      time.schedule(time.world, faults.commitMs(), () => {
        this.store.memory.commit(transaction).then(
          (committed) => answer(() => resolve(committed)),
          (error: unknown) => answer(() => reject(error instanceof Error ? error : new Error(String(error)))),
        );
      });
    });
  }

  async lastSequence(): Promise<number> {
    await this.time.sleep(this.life, this.faults.hopMs());
    const { end } = this.store;
    await this.time.sleep(this.life, this.faults.hopMs());
    return end;
  }

  async *follow(position: number, signal: AbortSignal): AsyncGenerator<CommittedTransaction> {
    await this.time.sleep(this.life, 0);
    let next = this.store.indexAfter(position);
    while (!signal.aborted) {
      const stored = this.store.stored[next];
      if (!stored) {
        await this.store.news(this.life);
        continue;
      }
      const delayMs = stored.at + this.faults.newsMs() - this.time.now;
      if (delayMs > 0) await this.time.sleep(this.life, delayMs);
      next += 1;
      yield stored.transaction;
    }
  }

  read(sequence: number): Promise<StoredEvent | undefined> {
    return this.store.memory.read(sequence);
  }

  positionBefore(sequence: number): Promise<number> {
    return this.store.memory.positionBefore(sequence);
  }

  positionAt(time: EpochMs): Promise<number> {
    return this.store.memory.positionAt(time);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
