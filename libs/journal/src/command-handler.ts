import type { DomainEvent, EpochMs, ReadonlyClusterState } from '@stowage/domain';
import type { Subject } from './journal';

/** What a command came to on one state. No events: nothing is written. */
export interface Decision<Result> {
  readonly events: readonly DomainEvent[];
  /** Subjects or patterns that were read but are not written: they too must be unchanged. */
  readonly reads?: readonly Subject[];
  readonly deduplicationKey?: string;
  readonly result: Result;
}

export interface Command<Result> {
  /**
   * Pure; throws `Refusal`. Called again with a newer state after a conflict. Sees the fold's position only through
   * `state`. `at` is the time that the transaction will bear, so that an answer shows what readers will see.
   */
  readonly decide: (state: ReadonlyClusterState, at: EpochMs) => Decision<Result>;
  /** The least position to decide from. */
  readonly atLeast: number;
  /**
   * What the caller's own decision was made on: refused when anything that the command writes has changed since. Without
   * it a command is decided on the newest state, whatever that is.
   */
  readonly expect?: number;
  readonly actor: string;
  readonly cause: string;
}

export interface Executed<Result> {
  readonly result: Result;
  /** Of the commit, or the fold's position when nothing was written. */
  readonly sequence: number;
  /** An earlier transaction with the same deduplication key stands at `sequence`; `result` did not happen. */
  readonly duplicate: boolean;
}

/**
 * Read, decide, commit. Every written subject, and every one in `reads`, is expected unchanged since the state that was
 * decided on. On a conflict: follow to the end and decide again, at most a bounded number of times.
 */
export abstract class CommandHandler {
  /** @throws Refusal from `decide`; JournalConflict after the last attempt; JournalUnavailable; FoldLagging. */
  abstract execute<Result>(command: Command<Result>): Promise<Executed<Result>>;
}
