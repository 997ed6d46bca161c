import type { Journal } from '@stowage/journal';
import type { Logger } from 'pino';
import type { DataSource, EntityManager } from 'typeorm';
import { announcementOf, POSITION_CHANNEL } from './announcement';
import { Database, inSchema, migrate } from './database';
import { PROJECTION_VERSION } from './projection/checkpoint';
import { followJournal } from './projection/follow-journal';
import { ROWS } from './projection/tables';
import { PROJECTOR_DEFAULTS } from './projector';
import { CheckpointRow } from './rows';

/** Schema in which a rebuild makes the new rows while readers and projectors use the old ones. */
const SCHEMA = 'stowage_rebuild';
/** Key of the advisory lock that a rebuild holds: "stow" in ASCII, and a number. */
const REBUILD_LOCK = [0x73746f77, 2] as const;

/** Another rebuild of the same read model is running. */
export class RebuildInProgress extends Error {
  override readonly name = 'RebuildInProgress';
}

export interface Rebuilt {
  /** Position of the new rows when they replaced the old ones. */
  readonly position: number;
}

interface Rebuild {
  readonly journal: Journal;
  readonly logger: Logger;
  readonly live: DataSource;
}

/**
 * Makes all rows again from the journal, ignoring the old ones, and replaces the old rows in one Postgres transaction.
 * Until then readers and projectors use the old rows. The position does not move back. A rebuild that is interrupted
 * changes nothing. It may take long. Does not close the data source.
 * @throws RebuildInProgress if another rebuild is running.
 * @throws ReadModelUnavailable if Postgres is unavailable.
 * @throws JournalUnavailable if the journal is unavailable.
 * @throws UnknownEvent if a newer version of Stowage wrote an event.
 */
export async function rebuildReadModel(
  { journal, logger }: { readonly journal: Journal; readonly logger: Logger },
  dataSource: DataSource,
): Promise<Rebuilt> {
  return new Database(dataSource).use(async (live) => {
    await migrate(live);
    const holder = live.createQueryRunner();
    try {
      const answers: unknown = await holder.query('SELECT pg_try_advisory_lock($1, $2) AS locked', [...REBUILD_LOCK]);
      if (!isLocked(answers)) throw new RebuildInProgress('Another rebuild of this read model is running.');
      try {
        return await rebuild({ journal, logger, live });
      } finally {
        await holder.query('SELECT pg_advisory_unlock($1, $2)', [...REBUILD_LOCK]);
      }
    } finally {
      await holder.release();
    }
  });
}

function isLocked(answers: unknown): boolean {
  const [answer] = answers as readonly { readonly locked: boolean }[];
  return answer?.locked ?? false;
}

async function rebuild(work: Rebuild): Promise<Rebuilt> {
  await work.live.query(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`);
  await work.live.query(`CREATE SCHEMA ${SCHEMA}`);
  const target = new Database(inSchema(work.live, SCHEMA));
  try {
    await target.use(migrate);
    // Most events are replayed while readers and projectors continue. The projectors are blocked only for the few
    // remaining ones.
    await replay(work, target);
    const position = await work.live.transaction(async (manager) => {
      await manager.query(`SELECT position FROM checkpoint WHERE id = 'read-model' FOR UPDATE`);
      const end = await replay(work, target);
      await swap(manager);
      await announce(manager, work.journal, end);
      return end;
    });
    work.logger.info({ position }, 'The read model was rebuilt.');
    return { position };
  } finally {
    await target.close();
    await work.live.query(`DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE`).catch(() => undefined);
  }
}

/** Replays the journal up to its current end, and resolves with that position. */
async function replay({ journal, logger }: Rebuild, database: Database): Promise<number> {
  const end = await journal.lastSequence();
  let position = 0;
  const following = {
    ...PROJECTOR_DEFAULTS,
    journal,
    database,
    announced: false,
    onPosition: (reached: number): void => void (position = reached),
  };
  // No other process writes these rows, so followJournal reaches `end` unless it throws.
  await followJournal(following, new AbortController().signal, end);
  logger.info({ position, end }, 'Replayed the journal.');
  return position;
}

/**
 * Replaces the old tables by the new ones. The table of the checkpoint stays and receives the new row, because
 * projectors wait for a lock on it, and Postgres cannot drop a table while they wait.
 */
async function swap(manager: EntityManager): Promise<void> {
  const tables = ROWS.filter((row) => row !== CheckpointRow).map(
    (row) => manager.dataSource.getMetadata(row).tableName,
  );
  const [current] = await manager.query<readonly { readonly schema: string }[]>('SELECT current_schema() AS schema');
  for (const table of tables) {
    await manager.query(`DROP TABLE ${table}`);
    await manager.query(`ALTER TABLE ${SCHEMA}.${table} SET SCHEMA "${current?.schema ?? 'public'}"`);
  }
  await manager.query(
    `INSERT INTO checkpoint (id, journal, position, projection)
      SELECT id, journal, position, $1::integer FROM ${SCHEMA}.checkpoint
      ON CONFLICT (id) DO UPDATE
        SET journal = excluded.journal, position = excluded.position, projection = excluded.projection`,
    [PROJECTION_VERSION],
  );
}

async function announce(manager: EntityManager, journal: Journal, position: number): Promise<void> {
  await manager.query('SELECT pg_notify($1, $2)', [
    POSITION_CHANNEL,
    announcementOf({ journal: journal.id, position }),
  ]);
}
