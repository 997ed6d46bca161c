import { type JournalId, journalId } from '@stowage/domain';
import { announcementOf, POSITION_CHANNEL, type ProjectedUpTo } from '../announcement';
import { CheckpointRefused } from '../read-model-errors';
import type { Sql } from './sql';

/**
 * Version of the mapping from events to rows. Increase it together with a migration that empties or changes a table.
 * Rows of another version are not extended; they must be rebuilt.
 */
export const PROJECTION_VERSION = 1;

interface Row {
  readonly journal: string | null;
  readonly position: string;
  readonly projection: number;
}

const READ = `SELECT journal, position, projection FROM checkpoint WHERE id = 'read-model'`;
const LOCK = `${READ} FOR UPDATE`;
const MOVE = `UPDATE checkpoint SET journal = $1, position = $2 WHERE id = 'read-model'`;
const ANNOUNCE = `SELECT pg_notify($1, $2)`;

/**
 * Returns the position of the rows.
 * @throws CheckpointRefused if the rows belong to another journal or to another version of the projection.
 */
export function readCheckpoint(sql: Sql, journal: JournalId): Promise<ProjectedUpTo> {
  return checkpoint(sql, READ, journal);
}

/** Does the same as {@link readCheckpoint}, and blocks all other writers of rows until the transaction ends. */
export function lockCheckpoint(sql: Sql, journal: JournalId): Promise<ProjectedUpTo> {
  return checkpoint(sql, LOCK, journal);
}

/** Moves the position in the transaction that writes the rows. Readers are notified when it is committed. */
export async function moveCheckpoint(sql: Sql, upTo: ProjectedUpTo, announced: boolean): Promise<void> {
  await sql(MOVE, [upTo.journal ?? null, upTo.position]);
  if (announced) await sql(ANNOUNCE, [POSITION_CHANNEL, announcementOf(upTo)]);
}

async function checkpoint(sql: Sql, statement: string, journal: JournalId): Promise<ProjectedUpTo> {
  const [row] = await sql<Row>(statement, []);
  if (!row) throw new CheckpointRefused('The read model has no checkpoint: run `stowage rebuild`.');
  if (row.projection !== PROJECTION_VERSION) {
    throw new CheckpointRefused(
      `The rows were made by version ${row.projection} of the projection, and this is version ${PROJECTION_VERSION}: run \`stowage rebuild\`.`,
    );
  }
  if (row.journal !== null && row.journal !== journal) {
    throw new CheckpointRefused(
      `The rows belong to journal ${row.journal}, not to ${journal}: run \`stowage rebuild\`.`,
    );
  }
  return { journal: row.journal === null ? undefined : journalId(row.journal), position: Number(row.position) };
}
