import type { Sql } from './load';

type Cell = string | number | null;

/** One column of a table that the projection writes. */
export interface ProjectedColumn<Value> {
  readonly name: string;
  readonly type: 'text' | 'bigint' | 'integer' | 'json' | 'text[]';
  readonly of: (value: Value) => Cell;
}

/** A table that the projection writes. */
export interface ProjectedTable<Value> {
  readonly name: string;
  readonly key: readonly string[];
  readonly columns: readonly ProjectedColumn<Value>[];
}

/** All rows with one statement: a column of the table is one array parameter. */
export async function upsert<Value>(sql: Sql, table: ProjectedTable<Value>, values: readonly Value[]): Promise<void> {
  if (values.length === 0) return;
  const columns = table.columns.map((column) => values.map(column.of));
  await sql(upsertStatement(table), columns);
}

function upsertStatement<Value>({ name, key, columns }: ProjectedTable<Value>): string {
  const names = columns.map((column) => column.name);
  // An array of arrays would be taken apart whole, so such a column comes as text, in Postgres' own notation.
  const arrays = columns.map(({ type }, at) => `$${String(at + 1)}::${type === 'text[]' ? 'text' : type}[]`);
  const selected = columns.map((column) => (column.type === 'text[]' ? `${column.name}::text[]` : column.name));
  const changes = names.filter((column) => !key.includes(column)).map((column) => `${column} = excluded.${column}`);
  return `INSERT INTO ${name} (${names.join()})
    SELECT ${selected.join()} FROM unnest(${arrays.join()}) AS given (${names.join()})
    ON CONFLICT (${key.join()}) DO UPDATE SET ${changes.join()}`;
}

/** A one-dimensional array in Postgres' notation. */
export function arrayLiteral(elements: readonly string[]): string {
  return `{${elements.map((element) => `"${element.replace(/["\\]/g, '\\$&')}"`).join()}}`;
}
