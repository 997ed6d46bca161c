import {
  type KeyOf,
  perKind,
  RECORD_KINDS,
  type RecordKind,
  type RecordOf,
  RECORDS,
  touchedBy,
  type TouchedRecords,
  touchedWith,
} from '@stowage/domain';
import type { CommittedTransaction } from '@stowage/journal';
import { selectRecords } from './rows-by-key';
import type { Sql } from './sql';
import { TABLES } from './tables';
import type { WorkingSet } from './working-set';

/**
 * Loads every record that the transactions read or write and that the set does not contain yet, with one statement per
 * table.
 */
export async function loadInto(
  set: WorkingSet,
  sql: Sql,
  transactions: readonly CommittedTransaction[],
): Promise<void> {
  const touched = new TouchedKeys();
  for (const { events } of transactions) for (const { event } of events) touched.add(touchedBy(event));
  await loadKind(sql, set, 'task', touched.of('task'));
  for (const id of touched.of('task')) {
    const task = set.of('task').get(id);
    if (task) touched.add(touchedWith(task));
  }
  for (const kind of RECORD_KINDS) await loadKind(sql, set, kind, touched.of(kind));
}

/** Keys of all records that a batch touches. */
class TouchedKeys {
  private readonly keys = perKind<{ readonly [Kind in RecordKind]: Set<KeyOf<Kind>> }>(() => new Set<never>());

  of<Kind extends RecordKind>(kind: Kind): ReadonlySet<KeyOf<Kind>> {
    return this.keys[kind];
  }

  add(touched: TouchedRecords): void {
    for (const kind of RECORD_KINDS) this.addKind(kind, touched[kind]);
  }

  private addKind<Kind extends RecordKind>(kind: Kind, keys: readonly KeyOf<Kind>[] = []): void {
    for (const key of keys) this.keys[kind].add(key);
  }
}

async function loadKind<Kind extends RecordKind>(
  sql: Sql,
  set: WorkingSet,
  kind: Kind,
  keys: ReadonlySet<KeyOf<Kind>>,
): Promise<void> {
  const table = TABLES[kind];
  const records = set.of(kind);
  const missing = [...keys].filter((key) => !records.has(key));
  if (!table || missing.length === 0) return;
  for (const key of missing) records.load(key, undefined);
  const rows = await sql<{ readonly record: RecordOf<Kind> }>(...selectRecords(table, missing));
  for (const { record } of rows) records.load(RECORDS[kind].key(record), record);
}
