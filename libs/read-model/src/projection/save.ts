import { RECORD_KINDS, type RecordKind, type RecordOf } from '@stowage/domain';
import type { Sql } from './sql';
import type { Records } from './records';
import { deleteRecords } from './rows-by-key';
import { CLIENT_TOKENS, TABLES } from './tables';
import { upsertRecords, upsertRows } from './upsert';
import type { WorkingSet } from './working-set';

/** Writes the changes of a batch: one statement for each table with changes, and one for each table with deletions. */
export async function saveWorkingSet(sql: Sql, set: WorkingSet): Promise<void> {
  for (const kind of RECORD_KINDS) await saveKind(sql, kind, set.of(kind));
  await upsertRows(sql, CLIENT_TOKENS, [...set.clientTokens.values()]);
}

async function saveKind<Kind extends RecordKind>(
  sql: Sql,
  kind: Kind,
  records: Records<RecordOf<Kind>>,
): Promise<void> {
  const table = TABLES[kind];
  if (!table) return;
  const { changed, removed } = records;
  await upsertRecords(sql, table, changed);
  if (removed.length > 0) await sql(...deleteRecords(table, removed));
}
