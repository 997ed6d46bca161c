import { type JournalId, journalId } from '@stowage/domain';
import { announcementOf, POSITION_CHANNEL, type ProjectedUpTo } from '../announcement';
import { CheckpointRefused } from '../read-model-errors';
import type { Sql } from './sql';

/**
 * Version of what rows are made of the same events. Raise it with a migration that empties or changes a table: rows of
 * another version are not added to, they are rebuilt.
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

/** How far the rows are. @throws CheckpointRefused they are not `journal`'s, or of another version of the projection. */
export function readCheckpoint(sql: Sql, journal: JournalId): Promise<ProjectedUpTo> {
  return checkpoint(sql, READ, journal);
}

/** The same, and until the transaction ends nobody else writes rows. */
export function lockCheckpoint(sql: Sql, journal: JournalId): Promise<ProjectedUpTo> {
  return checkpoint(sql, LOCK, journal);
}

/** In the transaction that writes the rows; readers hear of it when that is committed. */
export async function moveCheckpoint(sql: Sql, upTo: ProjectedUpTo, announced: boolean): Promise<void> {
  await sql(MOVE, [upTo.journal ?? null, upTo.position]);
  if (announced) await sql(ANNOUNCE, [POSITION_CHANNEL, announcementOf(upTo)]);
}

async function checkpoint(sql: Sql, statement: string, journal: JournalId): Promise<ProjectedUpTo> {
  const [row] = await sql<Row>(statement, []);
  if (!row) throw new CheckpointRefused('The read model has no checkpoint: run `stowage rebuild`.');
  if (row.projection !== PROJECTION_VERSION) {
    throw new CheckpointRefused(
      `The rows were made by version ${row.projection} of the projection, this is ${PROJECTION_VERSION}: run \`stowage rebuild\`.`,
    );
  }
  if (row.journal !== null && row.journal !== journal) {
    throw new CheckpointRefused(`The rows are of journal ${row.journal}, not of ${journal}: run \`stowage rebuild\`.`);
  }
  return { journal: row.journal === null ? undefined : journalId(row.journal), position: Number(row.position) };
}
