import { type DomainEvent, type EpochMs, type JournalId, journalId, transactionId } from '@stowage/domain';
import { checkTransaction } from './check-transaction';
import {
  type Committed,
  type CommittedTransaction,
  type Expectation,
  Journal,
  type StoredEvent,
  type Subject,
  type Transaction,
} from './journal';
import { beyondEnd, JournalConflict, JournalUnavailable, PositionRefused } from './journal-errors';
import { isPattern, matches, subjectOfEvent } from './subjects';

/**
 * A fault of one commit: `lost` never arrives; `unanswered` is stored and its answer is lost permanently; `conflict` is
 * rejected as if another writer had committed first.
 */
export type CommitFault = 'none' | 'lost' | 'unanswered' | 'conflict';

export interface MemoryJournalOptions {
  readonly id?: JournalId;
  /** Called once per commit. A simulation draws from its seed here. */
  readonly fault?: (transaction: Transaction) => CommitFault;
  /** Time of the journal's first event. */
  readonly openedAt?: number;
}

/** The journal in memory, for unit tests and simulation: the same guarantees without a network. */
export class MemoryJournal extends Journal {
  readonly id: JournalId;
  private readonly transactions: CommittedTransaction[] = [];
  private readonly stored: StoredEvent[] = [];
  private readonly lastOf = new Map<Subject, number>();
  private readonly keys = new Map<string, number>();
  private readonly wakeUps = new Set<() => void>();
  private readonly fault: (transaction: Transaction) => CommitFault;
  private closed = false;

  constructor(options: MemoryJournalOptions = {}) {
    super();
    this.id = options.id ?? journalId('00000000-0000-7000-8000-000000000000');
    this.fault = options.fault ?? (() => 'none');
    this.store({
      id: transactionId('00000000-0000-7000-8000-000000000001'),
      events: [{ type: 'JournalOpened', version: 1, journal: this.id, format: 1 }],
      expectations: [],
      at: options.openedAt ?? 0,
      actor: 'service:journal',
      cause: 'open',
    });
  }

  // The answer arrives one turn later, as over a network, so that callers meet what happens meanwhile.
  async commit(transaction: Transaction): Promise<Committed> {
    checkTransaction(transaction);
    await Promise.resolve();
    if (this.closed) throw new JournalUnavailable('The journal is closed.');
    const fault = this.fault(transaction);
    if (fault === 'lost') throw new JournalUnavailable('The journal did not answer.');
    if (fault === 'conflict') throw new JournalConflict('Another writer committed first.');
    const broken = transaction.expectations.find((expectation) => !this.holds(expectation));
    if (broken) throw new JournalConflict(`${broken.subject} is no longer at ${String(broken.sequence)}.`);
    const repeated = transaction.origins?.find(({ deduplicationKey: key }) => key && this.keys.has(key));
    if (repeated) throw new JournalConflict('One of the requests was already committed.');
    const earlier = transaction.deduplicationKey && this.keys.get(transaction.deduplicationKey);
    if (earlier) return { sequence: earlier, duplicate: true };
    const sequence = this.store(transaction);
    if (fault === 'unanswered') throw new JournalUnavailable('The journal did not answer.');
    return { sequence, duplicate: false };
  }

  lastSequence(): Promise<number> {
    if (this.closed) return Promise.reject(new JournalUnavailable('The journal is closed.'));
    return Promise.resolve(this.stored.length);
  }

  async *follow(position: number, signal: AbortSignal): AsyncGenerator<CommittedTransaction> {
    let next = this.indexAfter(position);
    while (!signal.aborted && !this.closed) {
      const transaction = this.transactions[next];
      if (transaction) {
        next += 1;
        yield transaction;
      } else await this.news(signal);
    }
  }

  read(sequence: number): Promise<StoredEvent | undefined> {
    return Promise.resolve(this.stored[sequence - 1]);
  }

  positionBefore(sequence: number): Promise<number> {
    if (sequence > this.stored.length) return Promise.reject(beyondEnd(sequence, this.stored.length));
    const next = this.transactions.find((transaction) => transaction.sequence >= sequence);
    return Promise.resolve(!next || next.sequence === sequence ? sequence : next.sequence - next.events.length);
  }

  positionAt(time: EpochMs): Promise<number> {
    const later = this.transactions.find(({ events }) => (events[0]?.at ?? 0) >= time);
    return Promise.resolve(later ? later.sequence - later.events.length : this.stored.length);
  }

  close(): Promise<void> {
    this.closed = true;
    this.wakeAll();
    return Promise.resolve();
  }

  private indexAfter(position: number): number {
    if (position === 0) return 0;
    const at = this.transactions.findIndex(({ sequence }) => sequence >= position);
    if (this.transactions[at]?.sequence === position) return at + 1;
    throw new PositionRefused(`No transaction of this journal ends at ${String(position)}.`);
  }

  private holds({ subject, sequence }: Expectation): boolean {
    if (!isPattern(subject)) return (this.lastOf.get(subject) ?? 0) === sequence;
    let last = 0;
    for (const [candidate, at] of this.lastOf) if (matches(subject, candidate)) last = Math.max(last, at);
    return last === sequence;
  }

  private store(transaction: Transaction): number {
    const { id, at, deduplicationKey, origins } = transaction;
    const events = transaction.events.map((event, index): StoredEvent => {
      const sequence = this.stored.length + 1 + index;
      const { actor, cause } = origins?.[index] ?? transaction;
      return { subject: subjectOfEvent(event), event: copyOf(event), sequence, at, transaction: id, actor, cause };
    });
    for (const event of events) {
      this.stored.push(event);
      this.lastOf.set(event.subject, event.sequence);
    }
    const sequence = this.stored.length;
    const keys = [
      ...(deduplicationKey ? [{ key: deduplicationKey, sequence }] : []),
      ...events.flatMap((event, index) => {
        const key = origins?.[index]?.deduplicationKey;
        return key ? [{ key, sequence: event.sequence }] : [];
      }),
    ];
    for (const each of keys) this.keys.set(each.key, each.sequence);
    this.transactions.push({ id, events, sequence, ...(keys.length > 0 && { keys }) });
    this.wakeAll();
    return sequence;
  }

  private news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.wakeUps.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.wakeUps.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  private wakeAll(): void {
    for (const wake of [...this.wakeUps]) wake();
  }
}

/** Copies as JSON, so that readers see neither later changes of the writer's objects nor members that JSON drops. */
function copyOf(event: DomainEvent): DomainEvent {
  return JSON.parse(JSON.stringify(event)) as DomainEvent;
}
