import type { DomainEvent, EpochMs, EventMeta, JournalId, TransactionId } from '@stowage/domain';

/** A subject of the journal, or a pattern over several (`*` one token, `>` the rest). Made only by `subjects.ts`. */
export type Subject = string & { readonly __subject: true };

/** "The newest event on `subject` still has sequence `sequence`" (0: there is none). `subject` may be a pattern. */
export interface Expectation {
  readonly subject: Subject;
  readonly sequence: number;
}

/** Who wrote an event and why. */
export interface EventOrigin {
  /** ARN of the principal, or `service:<app>`. */
  readonly actor: string;
  /** Id of the request, or what else led to it. */
  readonly cause: string;
  /** As {@link Transaction.deduplicationKey}, of the request whose last event this is. */
  readonly deduplicationKey?: string;
}

/** A proposed write: all of its events are stored, next to each other, or none. */
export interface Transaction {
  readonly id: TransactionId;
  /** 1 to `TRANSACTION_EVENTS_MAX`. Each goes to the subject of its aggregate. */
  readonly events: readonly DomainEvent[];
  /** On what is written and on what was only read. */
  readonly expectations: readonly Expectation[];
  readonly at: EpochMs;
  /** ARN of the principal, or `service:<app>`. */
  readonly actor: string;
  /** Id of the request, or what else led to it. */
  readonly cause: string;
  /**
   * A client token's key: a second transaction with it inside the window, whose expectations hold, is answered with the
   * first one's sequence.
   */
  readonly deduplicationKey?: string;
  /**
   * One for each event, when several requests are committed together. If one of their keys is known already, nothing
   * is stored and the answer is JournalConflict: follow to the end, and answer the repeated one from there.
   */
  readonly origins?: readonly EventOrigin[];
}

export const TRANSACTION_EVENTS_MAX = 1_000;

/** What became of a commit. */
export interface Committed {
  /** Sequence of the last event: the transaction's ordered id. */
  readonly sequence: number;
  /** True when another transaction with the same `deduplicationKey` was there before: `sequence` is of that one. */
  readonly duplicate: boolean;
}

export interface StoredEvent extends EventMeta {
  readonly subject: Subject;
  readonly event: DomainEvent;
}

/** A whole transaction as followers get it. */
export interface CommittedTransaction {
  readonly id: TransactionId;
  readonly events: readonly StoredEvent[];
  /** Sequence of its last event. */
  readonly sequence: number;
  /** As its writers gave them, with the sequence of each request's last event: `Fold.sequenceOfKey` finds it again. */
  readonly keys?: readonly DeduplicationKey[];
}

export interface DeduplicationKey {
  readonly key: string;
  readonly sequence: number;
}

/**
 * The ordered log that all state follows from. Two implementations under one contract suite: JetStream, and memory.
 */
export abstract class Journal {
  /** The journal's own id, known after it was opened. */
  abstract readonly id: JournalId;

  /**
   * Stores the transaction. Whatever is lost on the way, it is stored once or not at all, and the answer says which.
   * @throws JournalConflict an expectation did not hold: follow to the end and decide again.
   * @throws JournalUnavailable no answer within the bound: whether it was stored is not known.
   */
  abstract commit(transaction: Transaction): Promise<Committed>;

  /** Sequence of the last stored event; concurrent askers share one question. */
  abstract lastSequence(): Promise<number>;

  /**
   * All transactions after `position`, gap-free, in order, then as they come; ends when `signal` aborts. Reconnects by
   * itself. @throws PositionRefused `position` is beyond the journal's end: it is another journal's.
   */
  abstract follow(position: number, signal: AbortSignal): AsyncIterable<CommittedTransaction>;

  /** The event stored at `sequence`, or undefined. */
  abstract read(sequence: number): Promise<StoredEvent | undefined>;

  /**
   * The last position at or before `sequence` that lies between two transactions: where one can follow from.
   * @throws PositionRefused `sequence` is beyond the journal's end.
   */
  abstract positionBefore(sequence: number): Promise<number>;

  /** The position that the journal had at `time`, by the clock of whoever stores it. */
  abstract positionAt(time: EpochMs): Promise<number>;

  abstract close(): Promise<void>;
}
