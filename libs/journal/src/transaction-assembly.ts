import { invariant } from '@stowage/domain';
import type { Part } from './envelope';
import type { CommittedTransaction, DeduplicationKey, StoredEvent } from './journal';
import { PositionRefused } from './journal-errors';

/** Assembles the messages of the journal to whole transactions. */
export class TransactionAssembly {
  private events: StoredEvent[] = [];
  private keys: DeduplicationKey[] = [];
  private transaction: Part['transaction'] | undefined;
  private last: number;

  /** @param position the end of the last known transaction */
  constructor(position: number) {
    this.last = position;
  }

  /** Sequence of the last message, also of an incomplete transaction. */
  get lastSequence(): number {
    return this.last;
  }

  /** Returns the transaction that `part` completes. */
  add(part: Part): CommittedTransaction | undefined {
    this.begin(part);
    this.last = part.sequence;
    if (part.event) this.events.push(part.event);
    if (part.deduplicationKey) this.keys.push({ key: part.deduplicationKey, sequence: part.sequence });
    if (part.index < part.count) return undefined;
    const { transaction, sequence } = part;
    const { events, keys } = this;
    this.events = [];
    this.keys = [];
    this.transaction = undefined;
    return { id: transaction, events, sequence, ...(keys.length > 0 && { keys }) };
  }

  private begin({ transaction, index, sequence }: Part): void {
    if (this.transaction === undefined && index !== 1) {
      throw new PositionRefused(`Sequence ${String(sequence)} lies inside of a transaction.`);
    }
    this.transaction ??= transaction;
    invariant(this.transaction === transaction, `The transaction before ${String(sequence)} has no end.`);
  }
}
