import type { Sql } from './sql';
import type { ChangedRecord } from './records';

type ColumnValue = string | number | null;

/** A column next to the record. */
export interface ProjectedColumn<Value> {
  readonly name: string;
  readonly type: 'text' | 'bigint' | 'integer' | 'text[]';
  readonly of: (value: Value) => ColumnValue;
}

/** A table that the projection writes. */
export interface ProjectedTable<Value> {
  /** TypeORM's entity of the table, which queries use. */
  readonly row: new () => object;
  readonly name: string;
  readonly key: readonly string[];
  /** Returns the values of the key's columns for the key of a record. Required if there are several columns. */
  readonly keyValuesOf?: (key: string) => readonly ColumnValue[];
  readonly columns: readonly ProjectedColumn<Value>[];
}

/** Writes all records of one table with one statement. */
export async function upsertRecords<Value>(
  sql: Sql,
  table: ProjectedTable<Value>,
  changed: readonly ChangedRecord<Value>[],
): Promise<void> {
  if (changed.length === 0) return;
  const values = changed.map(({ value }) => value);
  const columns = table.columns.map((column) => values.map(column.of));
  const sequences = changed.map(({ sequence }) => sequence);
  // The records are sent as one JSON document, which is cheap to write. json_array_elements, unlike json_to_recordset,
  // does not parse its elements, and thus accepts U+0000, which json can hold and text cannot.
  await sql(statementOf(table, ['bigint', 'json']), [...columns, sequences, JSON.stringify(values)]);
}

/** Writes rows of a table that holds no records, with one statement. */
export async function upsertRows<Value>(
  sql: Sql,
  table: ProjectedTable<Value>,
  values: readonly Value[],
): Promise<void> {
  if (values.length === 0) return;
  await sql(
    statementOf(table, []),
    table.columns.map((column) => values.map(column.of)),
  );
}

/** Each column of the table is one array parameter. `sequence` and `record` follow after the table's own columns. */
function statementOf<Value>(
  { name, key, columns }: ProjectedTable<Value>,
  record: readonly ['bigint', 'json'] | [],
): string {
  const types = [...columns.map(({ type }) => type), ...record];
  const names = [...columns.map((column) => column.name), ...(record.length > 0 ? ['sequence', 'record'] : [])];
  // unnest() flattens an array of arrays, so such a column is sent as text in the array notation of Postgres.
  const arrays = types
    .map((type, at) => `$${String(at + 1)}::${type === 'text[]' ? 'text' : type}[]`)
    .slice(0, record.length > 0 ? -1 : undefined);
  const sets = [
    `unnest(${arrays.join()})`,
    ...(record.length > 0 ? [`json_array_elements($${String(types.length)}::json)`] : []),
  ];
  const selected = names.map((column, at) => (types[at] === 'text[]' ? `${column}::text[]` : column));
  const changes = names.filter((column) => !key.includes(column)).map((column) => `${column} = excluded.${column}`);
  return `INSERT INTO ${name} (${names.join()})
    SELECT ${selected.join()} FROM ROWS FROM (${sets.join()}) AS given (${names.join()})
    ON CONFLICT (${key.join()}) DO UPDATE SET ${changes.join()}`;
}

/** Returns a one-dimensional array in the notation of Postgres. */
export function arrayLiteral(elements: readonly string[]): string {
  return `{${elements.map((element) => `"${element.replace(/["\\]/g, '\\$&')}"`).join()}}`;
}
