import type { ReadonlyClusterState } from '@stowage/domain';
import type { CommittedTransaction, Subject } from './journal';

/**
 * The sum of the journal's transactions at a position. The position only grows and always lies between two
 * transactions. Each process has one fold, which its apps share.
 */
export interface Fold {
  /** The state at `position`. Read it synchronously, because it may change during an `await`. */
  readonly state: ReadonlyClusterState;
  readonly position: number;
  /**
   * Returns the sequence of the newest folded event on a subject, or on any subject that matches a pattern; 0 if there
   * is none.
   */
  lastSequenceOf(subject: Subject): number;
  /**
   * Returns the sequence of the folded transaction with this deduplication key, among the newest `KEYS_MAX` keys.
   * Writers check it before they decide: a full cluster must not refuse the repetition of the request that filled it.
   */
  sequenceOfKey(deduplicationKey: string): number | undefined;
  /**
   * Resolves when `position` is at least `sequence`.
   * @throws FoldLagging after `timeoutMs`
   */
  reached(sequence: number, timeoutMs: number): Promise<void>;
  /**
   * Resolves when everything is folded that the journal held at the time of the call.
   * @throws FoldLagging; JournalUnavailable
   */
  catchUp(timeoutMs: number): Promise<void>;
  /** Calls the listener after each folded transaction, in order. Returns a function that removes the listener. */
  onTransaction(listener: (transaction: CommittedTransaction) => void): () => void;
}

/** Thrown when the fold did not reach the required position in time. */
export class FoldLagging extends Error {
  override readonly name = 'FoldLagging';
}
