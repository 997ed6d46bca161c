import { type EpochMs, type TransactionId, invariant, Refusal, transactionId } from '@stowage/domain';
import { uuidv7 } from 'uuidv7';
import { type Command, CommandHandler, type Decision, type Executed } from './command-handler';
import type { Fold } from './fold';
import type { Expectation, Journal, Transaction } from './journal';
import { JournalConflict } from './journal-errors';
import { subjectOfEvent } from './subjects';

export interface CommandHandlerOptions {
  /** Time within which the fold must reach the position that a decision needs. */
  readonly foldTimeoutMs: number;
  /** Number of attempts, after which a conflict is passed to the caller. */
  readonly attemptsMax: number;
  readonly now?: () => EpochMs;
  readonly newTransactionId?: () => TransactionId;
}

export const COMMAND_HANDLER_DEFAULTS: CommandHandlerOptions = { foldTimeoutMs: 5_000, attemptsMax: 20 };

/** {@link CommandHandler} over a journal and its fold. */
export class JournalCommandHandler extends CommandHandler {
  private readonly now: () => EpochMs;
  private readonly newTransactionId: () => TransactionId;

  constructor(
    private readonly journal: Journal,
    private readonly fold: Fold,
    private readonly options: CommandHandlerOptions = COMMAND_HANDLER_DEFAULTS,
  ) {
    super();
    this.now = options.now ?? Date.now;
    this.newTransactionId = options.newTransactionId ?? (() => transactionId(uuidv7()));
  }

  async execute<Result>(command: Command<Result>): Promise<Executed<Result>> {
    invariant(this.options.attemptsMax > 0, 'A command has at least one attempt.');
    await this.fold.reached(command.atLeast, this.options.foldTimeoutMs);
    for (let attempt = 1; ; attempt += 1) {
      // There is no await between the decision and its expectations, so both belong to one position.
      const at = this.now();
      const decision = command.decide(this.fold.state, at);
      if (decision.events.length === 0) {
        return { result: decision.result, sequence: this.fold.position, duplicate: false };
      }
      const winner = this.changedSince(command.expect, decision);
      if (winner !== undefined) throw await this.overtaken(command.expect, winner);
      const transaction = this.transaction(command, decision, at);
      try {
        return { result: decision.result, ...(await this.journal.commit(transaction)) };
      } catch (error) {
        if (!(error instanceof JournalConflict) || attempt >= this.options.attemptsMax) throw error;
        await this.fold.catchUp(this.options.foldTimeoutMs);
        const repeated = this.sequenceOfRepeated(decision);
        if (repeated !== undefined) return { result: decision.result, sequence: repeated, duplicate: true };
      }
    }
  }

  /** The conflict may come from the same request on another replica. Then there is nothing left to decide. */
  private sequenceOfRepeated(decision: Decision<unknown>): number | undefined {
    return decision.deduplicationKey === undefined ? undefined : this.fold.sequenceOfKey(decision.deduplicationKey);
  }

  /** Returns the newest event on the written subjects if it came after `position`. */
  private changedSince(position: number | undefined, { events }: Decision<unknown>): number | undefined {
    if (position === undefined) return undefined;
    const newest = Math.max(...events.map((event) => this.fold.lastSequenceOf(subjectOfEvent(event))));
    return newest > position ? newest : undefined;
  }

  private async overtaken(position: number | undefined, winner: number): Promise<Refusal> {
    const stored = await this.journal.read(winner);
    invariant(stored, `Event ${String(winner)} was folded, so it is in the journal.`);
    const { event, subject, actor, at } = stored;
    return new Refusal(
      'ConflictException',
      `${subject} has changed since ${String(position)}: event ${String(winner)}, ${event.type} by ${actor} at ` +
        `${new Date(at).toISOString()}, was faster.`,
      [String(winner)],
    );
  }

  private transaction<Result>(command: Command<Result>, decision: Decision<Result>, at: EpochMs): Transaction {
    return {
      id: this.newTransactionId(),
      events: decision.events,
      expectations: this.expectations(decision),
      at,
      actor: command.actor,
      cause: command.cause,
      ...(decision.deduplicationKey && { deduplicationKey: decision.deduplicationKey }),
    };
  }

  private expectations(decision: Decision<unknown>): readonly Expectation[] {
    const subjects = new Set([...decision.events.map(subjectOfEvent), ...(decision.reads ?? [])]);
    return [...subjects].map((subject) => ({ subject, sequence: this.fold.lastSequenceOf(subject) }));
  }
}
