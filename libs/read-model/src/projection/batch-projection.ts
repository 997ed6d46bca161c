import type { JournalId } from '@stowage/domain';
import type { CommittedTransaction } from '@stowage/journal';
import type { Database } from '../database';
import { CheckpointRefused } from '../read-model-errors';
import { lockCheckpoint, moveCheckpoint } from './checkpoint';
import { loadInto } from './load';
import { saveWorkingSet } from './save';
import type { Sql } from './sql';
import { WorkingSet } from './working-set';

/** Transactions as they follow each other in the journal. */
export interface Batch {
  readonly journal: JournalId;
  /** Sequence of the last event before the first transaction. */
  readonly after: number;
  readonly transactions: readonly CommittedTransaction[];
}

/**
 * What became of a batch. `already-there`: another projector has written it. `behind`: the rows do not reach to where the
 * batch begins, since somebody made them anew; the journal must be followed again from `position`.
 */
export interface Projected {
  readonly outcome: 'projected' | 'already-there' | 'behind';
  /** How far the rows are. */
  readonly position: number;
}

/**
 * Rows and position in one Postgres transaction, under a lock on the position: however many projectors there are and
 * whenever they die, each event is in the rows exactly once.
 */
export class BatchProjection {
  /** Of the last batch: still what the tables hold for as long as nobody else has moved the position. */
  private kept: WorkingSet | undefined;

  constructor(
    private readonly database: Database,
    /** Whether readers listen to these tables: not while they are made beside the old ones. */
    private readonly announced: boolean,
  ) {}

  /** @throws ReadModelUnavailable, CheckpointRefused: nothing was written, or all, and the checkpoint says which. */
  async project(batch: Batch): Promise<Projected> {
    const kept = this.kept;
    this.kept = undefined;
    const { set, ...projected } = await this.database.use((source) =>
      source.transaction((manager) => {
        const sql: Sql = (statement, parameters) => manager.query(statement, [...parameters]);
        return this.inTransaction(sql, batch, kept);
      }),
    );
    set?.settle();
    if (!set?.isFull) this.kept = set;
    return projected;
  }

  private async inTransaction(
    sql: Sql,
    batch: Batch,
    kept: WorkingSet | undefined,
  ): Promise<Projected & { readonly set?: WorkingSet }> {
    const { position } = await lockCheckpoint(sql, batch.journal);
    if (position < batch.after) return { outcome: 'behind', position };
    const ahead = batch.transactions.filter(({ sequence }) => sequence > position);
    const last = ahead.at(-1);
    if (!last) return { outcome: 'already-there', position };
    assertBoundary(batch, position);
    const set = kept?.position === position ? kept : new WorkingSet(position);
    await loadInto(set, sql, ahead);
    for (const transaction of ahead) set.apply(transaction);
    await saveWorkingSet(sql, set);
    await moveCheckpoint(sql, { journal: batch.journal, position: last.sequence }, this.announced);
    return { outcome: 'projected', position: last.sequence, set };
  }
}

/** A position in the middle of a transaction was not written by us, or belongs to another journal. */
function assertBoundary({ after, transactions }: Batch, position: number): void {
  if (position === after || transactions.some(({ sequence }) => sequence === position)) return;
  throw new CheckpointRefused(`The rows are at ${position}, where no transaction of the journal ends.`);
}
