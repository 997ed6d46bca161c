import type { JournalId } from '@stowage/domain';
import type { CommittedTransaction } from '@stowage/journal';
import type { Database } from '../database';
import { CheckpointRefused } from '../read-model-errors';
import { lockCheckpoint, moveCheckpoint } from './checkpoint';
import { loadInto } from './load';
import { saveWorkingSet } from './save';
import type { Sql } from './sql';
import { WorkingSet } from './working-set';

/** Consecutive transactions of the journal. */
export interface Batch {
  readonly journal: JournalId;
  /** Sequence of the last event before the first transaction. */
  readonly after: number;
  readonly transactions: readonly CommittedTransaction[];
}

/**
 * Outcome of a batch. `already-there`: another projector has written it. `behind`: the rows end before the batch
 * begins, because they were rebuilt meanwhile. The caller must follow the journal again from `position`.
 */
export interface Projected {
  readonly outcome: 'projected' | 'already-there' | 'behind';
  /** Position of the rows. */
  readonly position: number;
}

/**
 * Writes rows and position in one Postgres transaction, under a lock on the position. Each event is therefore in the
 * rows exactly once, with any number of projectors and after any crash.
 */
export class BatchProjection {
  /** Records of the last batch. They are valid as long as no other projector has moved the position. */
  private kept: WorkingSet | undefined;

  constructor(
    private readonly database: Database,
    /** True if positions are announced to readers. A rebuild writes to a separate schema and announces nothing. */
    private readonly announced: boolean,
  ) {}

  /**
   * Writes the events of the batch that the rows do not contain yet, all or none of them.
   * @throws ReadModelUnavailable if Postgres is unavailable. The batch may have been written; the checkpoint shows it.
   * @throws CheckpointRefused if the rows do not belong to this journal and this version of the projection.
   */
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

/** A position in the middle of a transaction means that the rows belong to another journal. */
function assertBoundary({ after, transactions }: Batch, position: number): void {
  if (position === after || transactions.some(({ sequence }) => sequence === position)) return;
  throw new CheckpointRefused(
    `The rows are at ${position}, which is not the end of a transaction in the journal: run \`stowage rebuild\`.`,
  );
}
