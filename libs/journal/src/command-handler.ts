import type { DomainEvent, EpochMs, ReadonlyClusterState } from '@stowage/domain';
import type { Subject } from './journal';

/** The decision of a command on one state. Without events nothing is written. */
export interface Decision<Result> {
  readonly events: readonly DomainEvent[];
  /** Subjects or patterns that were read but are not written. They must be unchanged too. */
  readonly reads?: readonly Subject[];
  readonly deduplicationKey?: string;
  readonly result: Result;
}

export interface Command<Result> {
  /**
   * Pure; throws `Refusal`. It runs again on a newer state after a conflict. It sees the position of the fold only
   * through `state`. `at` is the time that the transaction will carry, so that the answer shows what readers will see.
   */
  readonly decide: (state: ReadonlyClusterState, at: EpochMs) => Decision<Result>;
  /** Lowest position from which the command may be decided. */
  readonly atLeast: number;
  /**
   * Position of the caller's own decision. The command is rejected if anything that it writes has changed since.
   * Without it, the command is decided on the newest state.
   */
  readonly expect?: number;
  readonly actor: string;
  readonly cause: string;
}

export interface Executed<Result> {
  readonly result: Result;
  /** Sequence of the commit, or the position of the fold if nothing was written. */
  readonly sequence: number;
  /** An earlier transaction with the same deduplication key is at `sequence`; `result` was not committed. */
  readonly duplicate: boolean;
}

/**
 * Reads, decides and commits. The transaction expects every written subject, and every subject in `reads`, unchanged
 * since the state of the decision. After a conflict it follows the journal to the end and decides again, a bounded
 * number of times.
 */
export abstract class CommandHandler {
  /** @throws Refusal from `decide`; JournalConflict after the last attempt; JournalUnavailable; FoldLagging */
  abstract execute<Result>(command: Command<Result>): Promise<Executed<Result>>;
}
