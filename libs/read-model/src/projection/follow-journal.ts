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
  /** The process's own fold of the same journal: what it reads need not be read twice. */
  readonly fold?: Fold;
  readonly database: Database;
  /** Events in one Postgres transaction, unless one transaction of the journal alone has more. */
  readonly batchEventsMax: number;
  /** Events read ahead while Postgres is busy. */
  readonly bufferEventsMax: number;
  /** Whether readers listen to these tables: not while they are made beside the old ones. */
  readonly announced: boolean;
  /** Called with how far the rows are: at the start, and after each batch. */
  readonly onPosition: (position: number) => void;
}

/**
 * Projects the journal from the rows' position on. Resolves when `until` is projected, when `signal` aborts, or when the
 * rows were made anew meanwhile, so that it must be called again.
 * @throws ReadModelUnavailable, JournalUnavailable; CheckpointRefused, PositionRefused, UnknownEvent.
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
    `The rows are at ${position}, beyond the journal's end, ${end}: run \`stowage rebuild\`.`,
  );
}
