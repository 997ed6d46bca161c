import { columnText } from '../rows/columns';
import type { Statement } from './sql';
import type { ProjectedTable } from './upsert';

/** Selects the records with these keys. */
export function selectRecords<Value>(table: ProjectedTable<Value>, keys: readonly string[]): Statement {
  const { name, key } = table;
  const [column, ...more] = key;
  if (more.length === 0)
    return [`SELECT record FROM ${name} WHERE ${column} = ANY($1::text[])`, [keys.map(columnText)]];
  return [`SELECT record FROM ${name} JOIN ${wanted(table)} USING (${key.join()})`, keyParameters(table, keys)];
}

/** Deletes the records with these keys. */
export function deleteRecords<Value>(table: ProjectedTable<Value>, keys: readonly string[]): Statement {
  const { name, key } = table;
  const same = key.map((column) => `${name}.${column} = wanted.${column}`).join(' AND ');
  return [`DELETE FROM ${name} USING ${wanted(table)} WHERE ${same}`, keyParameters(table, keys)];
}

function wanted<Value>({ key, columns }: ProjectedTable<Value>): string {
  const types = key.map((name) => columns.find((column) => column.name === name)?.type ?? 'text');
  return `unnest(${types.map((type, at) => `$${String(at + 1)}::${type}[]`).join()}) AS wanted (${key.join()})`;
}

/** Returns one array for each column of the key. */
function keyParameters<Value>(
  { key, keyValuesOf }: ProjectedTable<Value>,
  keys: readonly string[],
): readonly unknown[] {
  const rows = keys.map((each) => keyValuesOf?.(each) ?? [columnText(each)]);
  return key.map((_, at) => rows.map((row) => row[at]));
}
