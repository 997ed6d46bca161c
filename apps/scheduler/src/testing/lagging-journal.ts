import type { EpochMs, JournalId, Random } from '@stowage/domain';
import {
  type Committed,
  type CommittedTransaction,
  Journal,
  type MemoryJournal,
  type StoredEvent,
  type Transaction,
} from '@stowage/journal';

/** The view of one reader of a shared journal. Events arrive after a random number of turns. */
export class LaggingJournal extends Journal {
  constructor(
    private readonly journal: MemoryJournal,
    private readonly random: Random,
    private readonly turnsMax: number,
  ) {
    super();
  }

  get id(): JournalId {
    return this.journal.id;
  }

  async commit(transaction: Transaction): Promise<Committed> {
    await this.turns();
    return this.journal.commit(transaction);
  }

  lastSequence(): Promise<number> {
    return this.journal.lastSequence();
  }

  async *follow(position: number, signal: AbortSignal): AsyncGenerator<CommittedTransaction> {
    for await (const transaction of this.journal.follow(position, signal)) {
      await this.turns();
      yield transaction;
    }
  }

  read(sequence: number): Promise<StoredEvent | undefined> {
    return this.journal.read(sequence);
  }

  positionBefore(sequence: number): Promise<number> {
    return this.journal.positionBefore(sequence);
  }

  positionAt(time: EpochMs): Promise<number> {
    return this.journal.positionAt(time);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private async turns(): Promise<void> {
    for (let turn = this.random.below(this.turnsMax + 1); turn > 0; turn -= 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
