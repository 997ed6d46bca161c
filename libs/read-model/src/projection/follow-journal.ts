import type { Fold, Journal } from '@stowage/journal';
import type { Database } from '../database';
import { CheckpointRefused } from '../read-model-errors';
import { readCheckpoint } from './checkpoint';
import { BatchProjection } from './batch-projection';
import { sharedFollow } from './shared-follow';
import { Statistics } from './statistics';
import { TransactionFeed } from './transaction-feed';

export interface Following {
  readonly journal: Journal;
  /** The process's own fold of the same journal. Its transactions are reused, so that the journal is read once. */
  readonly fold?: Fold;
  readonly database: Database;
  /** Maximum number of events in one Postgres transaction. A single journal transaction may exceed it. */
  readonly batchEventsMax: number;
  /** Maximum number of events that are read ahead while Postgres is busy. */
  readonly bufferEventsMax: number;
  /** True if positions are announced to readers. A rebuild writes to a separate schema and announces nothing. */
  readonly announced: boolean;
  /** Called with the position of the rows at the start and after each batch. */
  readonly onPosition: (position: number) => void;
}

/**
 * Projects the journal from the position of the rows. Resolves when `until` is projected, when `signal` aborts, or when
 * the rows were rebuilt meanwhile; in the last case the caller must call it again.
 * @throws ReadModelUnavailable if Postgres is unavailable.
 * @throws JournalUnavailable if the journal is unavailable.
 * @throws CheckpointRefused or PositionRefused if the rows do not match the journal.
 * @throws UnknownEvent if a newer version of Stowage wrote an event.
 */
export async function followJournal(following: Following, signal: AbortSignal, until: number): Promise<void> {
  const { journal, fold, onPosition } = following;
  const projection = new BatchProjection(following.database, following.announced);
  let position = await startingPosition(following);
  onPosition(position);
  const statistics = new Statistics(following.database, position);
  const ending = new AbortController();
  const source = sharedFollow({ journal, fold }, position, AbortSignal.any([signal, ending.signal]));
  const feed = new TransactionFeed(source, following.bufferEventsMax);
  try {
    while (position < until) {
      const transactions = await feed.take(following.batchEventsMax);
      const last = transactions.at(-1);
      if (!last) return;
      const projected = await projection.project({ journal: journal.id, after: position, transactions });
      onPosition(projected.position);
      statistics.rowsAt(projected.position);
      if (projected.outcome === 'behind') return;
      position = last.sequence;
    }
  } finally {
    ending.abort();
    await feed.close();
    await statistics.close();
  }
}

async function startingPosition({ journal, database }: Following): Promise<number> {
  const { position } = await database.use((data) =>
    readCheckpoint((statement, parameters) => data.query(statement, [...parameters]), journal.id),
  );
  const end = await journal.lastSequence();
  if (position <= end) return position;
  throw new CheckpointRefused(
    `The rows are at ${position}, which is after the journal's end, ${end}: run \`stowage rebuild\`.`,
  );
}
