import type { Sql } from './sql';
import type { ChangedRecord } from './records';

type Cell = string | number | null;

/** A column beside the record. */
export interface ProjectedColumn<Value> {
  readonly name: string;
  readonly type: 'text' | 'bigint' | 'integer' | 'text[]';
  readonly of: (value: Value) => Cell;
}

/** A table that the projection writes. */
export interface ProjectedTable<Value> {
  readonly name: string;
  readonly key: readonly string[];
  /** The cells of the key's columns, from a record's key in text. Needed when there are several columns. */
  readonly cellsOf?: (key: string) => readonly Cell[];
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
  // The records travel as one JSON document, which is cheap to write; unlike json_to_recordset, json_array_elements
  // leaves what is in it unread, and with it U+0000, which json can hold and text can't.
  await sql(statementOf(table, ['bigint', 'json']), [...columns, sequences, JSON.stringify(values)]);
}

/** The same for a table that holds no records. */
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

/** A column of the table is an array as parameter; after the table's own columns come `sequence` and `record`. */
function statementOf<Value>(
  { name, key, columns }: ProjectedTable<Value>,
  record: readonly ['bigint', 'json'] | [],
): string {
  const types = [...columns.map(({ type }) => type), ...record];
  const names = [...columns.map((column) => column.name), ...(record.length > 0 ? ['sequence', 'record'] : [])];
  // An array of arrays would be taken apart whole, so such a column comes as text, in Postgres' own notation.
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

/** A one-dimensional array in Postgres' notation. */
export function arrayLiteral(elements: readonly string[]): string {
  return `{${elements.map((element) => `"${element.replace(/["\\]/g, '\\$&')}"`).join()}}`;
}
