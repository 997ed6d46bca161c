import type { ReadonlyClusterState } from '@stowage/domain';
import type { CommittedTransaction, Subject } from './journal';

/**
 * The state that the journal's transactions sum up to, at a position that only grows and always lies between two
 * transactions. One per process, shared by the apps in it.
 */
export interface Fold {
  /** At `position`. Read it synchronously; after an `await` it may be newer. */
  readonly state: ReadonlyClusterState;
  readonly position: number;
  /** Sequence of the newest folded event on a subject, or on any subject that a pattern matches; 0 when there is none. */
  lastSequenceOf(subject: Subject): number;
  /**
   * Sequence of the folded transaction with this deduplication key, of the newest `KEYS_MAX` keys. A writer looks here
   * before it decides: a full cluster must not refuse the repetition of the request that filled it.
   */
  sequenceOfKey(deduplicationKey: string): number | undefined;
  /** Resolves when `position` is at least `sequence`. @throws FoldLagging after `timeoutMs`. */
  reached(sequence: number, timeoutMs: number): Promise<void>;
  /** Resolves when everything is folded that the journal held at the call. @throws FoldLagging, JournalUnavailable. */
  catchUp(timeoutMs: number): Promise<void>;
  /** Called after each folded transaction, in order. Returns how to stop it. */
  onTransaction(listener: (transaction: CommittedTransaction) => void): () => void;
}

/** The fold did not get as far as asked within the bound. */
export class FoldLagging extends Error {
  override readonly name = 'FoldLagging';
}
