import type { DomainEvent, EpochMs, EventMeta, JournalId, TransactionId } from '@stowage/domain';

/** A subject of the journal, or a pattern over several (`*` one token, `>` the rest). Only `subjects.ts` creates it. */
export type Subject = string & { readonly __subject: true };

/** "The newest event on `subject` still has sequence `sequence`" (0: there is none). `subject` may be a pattern. */
export interface Expectation {
  readonly subject: Subject;
  readonly sequence: number;
}

/** The writer of an event and its reason. */
export interface EventOrigin {
  /** ARN of the principal, or `service:<app>`. */
  readonly actor: string;
  /** Id of the request, or another cause. */
  readonly cause: string;
  /** As {@link Transaction.deduplicationKey}, for the request whose last event this is. */
  readonly deduplicationKey?: string;
}

/** A proposed write: either all its events are stored, in adjacent messages, or none. */
export interface Transaction {
  readonly id: TransactionId;
  /** 1 to `TRANSACTION_EVENTS_MAX`. Each event goes to the subject of its aggregate. */
  readonly events: readonly DomainEvent[];
  /** Expectations on written subjects and on subjects that were only read. */
  readonly expectations: readonly Expectation[];
  readonly at: EpochMs;
  /** ARN of the principal, or `service:<app>`. */
  readonly actor: string;
  /** Id of the request, or another cause. */
  readonly cause: string;
  /**
   * The key of a client token. A second transaction with it inside the duplicate window, whose expectations hold, is
   * answered with the sequence of the first one.
   */
  readonly deduplicationKey?: string;
  /**
   * One entry per event, when several requests are committed together. If one of their keys is already stored, nothing
   * is stored and the answer is JournalConflict: follow the journal to the end, and answer the repeated request from
   * there.
   */
  readonly origins?: readonly EventOrigin[];
}

export const TRANSACTION_EVENTS_MAX = 1_000;

/** The outcome of a commit. */
export interface Committed {
  /** Sequence of the last event: the ordered id of the transaction. */
  readonly sequence: number;
  /** True if another transaction with the same `deduplicationKey` was stored before; `sequence` belongs to that one. */
  readonly duplicate: boolean;
}

export interface StoredEvent extends EventMeta {
  readonly subject: Subject;
  readonly event: DomainEvent;
}

/** A whole transaction as followers receive it. */
export interface CommittedTransaction {
  readonly id: TransactionId;
  readonly events: readonly StoredEvent[];
  /** Sequence of its last event. */
  readonly sequence: number;
  /** The keys as their writers set them, with the sequence of each request's last event; see `Fold.sequenceOfKey`. */
  readonly keys?: readonly DeduplicationKey[];
}

export interface DeduplicationKey {
  readonly key: string;
  readonly sequence: number;
}

/**
 * The ordered log from which all state follows. It has two implementations under one contract suite: JetStream, and
 * memory.
 */
export abstract class Journal {
  /** The journal's own id, known after it was opened. */
  abstract readonly id: JournalId;

  /**
   * Stores the transaction once or not at all, no matter which message is lost, and returns which of the two happened.
   * @throws JournalConflict if an expectation failed: follow the journal to the end and decide again
   * @throws JournalUnavailable if there was no answer in time: it is unknown whether the transaction was stored
   */
  abstract commit(transaction: Transaction): Promise<Committed>;

  /** Returns the sequence of the last stored event. Concurrent callers share one request. */
  abstract lastSequence(): Promise<number>;

  /**
   * Yields all transactions after `position`, without gaps and in order, then new ones as they arrive. Ends when
   * `signal` aborts. Reconnects by itself.
   * @throws PositionRefused if `position` is beyond the journal's end, because it belongs to another journal
   */
  abstract follow(position: number, signal: AbortSignal): AsyncIterable<CommittedTransaction>;

  /** Returns the event stored at `sequence`, or undefined. */
  abstract read(sequence: number): Promise<StoredEvent | undefined>;

  /**
   * Returns the last position at or before `sequence` that lies between two transactions, from which a reader can
   * follow.
   * @throws PositionRefused if `sequence` is beyond the journal's end
   */
  abstract positionBefore(sequence: number): Promise<number>;

  /** Returns the position that the journal had at `time`, by the clock of the server that stores it. */
  abstract positionAt(time: EpochMs): Promise<number>;

  abstract close(): Promise<void>;
}
