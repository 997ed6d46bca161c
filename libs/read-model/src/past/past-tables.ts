import {
  type EpochMs,
  type ReadonlyClusterState,
  RECORD_KINDS,
  type RecordKind,
  type RecordOf,
  RECORDS,
} from '@stowage/domain';
import type { DataSource, QueryRunner } from 'typeorm';
import type { Tables } from '../database';
import { TABLES } from '../projection/tables';
import type { Sql } from '../projection/sql';
import { type ProjectedTable, upsertRecords } from '../projection/upsert';

/** A moment of the past, and the fold of the journal up to it. */
export interface Past {
  /** Last sequence that the fold contains. The rows must have reached it. */
  readonly position: number;
  readonly at: EpochMs;
  readonly state: ReadonlyClusterState;
}

const RECORDS_PER_STATEMENT = 1_000;

/**
 * Runs `work` on the tables as of an earlier moment. A row that has not changed since then is still valid, even if the
 * fold no longer holds its record (a STOPPED task never changes again). A row that has changed since then is replaced
 * by the record of the earlier fold. A temporary view shadows each table for one connection and one transaction, which
 * is then rolled back.
 */
export async function withPastTables<T>(
  source: DataSource,
  past: Past,
  work: (tables: Tables) => Promise<T>,
): Promise<T> {
  const runner = source.createQueryRunner();
  try {
    await runner.startTransaction('REPEATABLE READ');
    const [current] = (await runner.query('SELECT current_schema() AS schema')) as [{ readonly schema: string }];
    const { position } = past;
    const pastTables = pastTablesOf(past.state);
    await runner.query(pastTables.map(({ table }) => tempTable(table.name, current.schema)).join(';'));
    for (const each of pastTables) await fill(runner, each, { schema: current.schema, position });
    await runner.query(pastTables.map(({ table }) => tempView(table.name, current.schema, position)).join(';'));
    // A connection runs one statement at a time, so concurrent queries are serialized.
    let last: Promise<unknown> = Promise.resolve();
    const serialized: Tables['use'] = (query) => {
      const running = last.then(() => query(runner.manager));
      last = running.catch(() => undefined);
      return running;
    };
    return await work({ use: serialized });
  } finally {
    await runner.rollbackTransaction().catch(() => undefined);
    await runner.release();
  }
}

/** A table, and the records of the earlier fold. */
interface PastTable {
  readonly table: { readonly name: string; readonly key: readonly string[] };
  readonly losesRows: boolean;
  /** Writes the records whose key `includes` accepts to the table `to`. */
  readonly write: (sql: Sql, to: string, position: number, includes: (key: string) => boolean) => Promise<void>;
}

function pastTablesOf(state: ReadonlyClusterState): readonly PastTable[] {
  return RECORD_KINDS.flatMap((kind) => pastTableOf(kind, [...state.all(kind).values()]) ?? []);
}

function pastTableOf<Kind extends RecordKind>(kind: Kind, earlier: readonly RecordOf<Kind>[]): PastTable | undefined {
  const table = TABLES[kind];
  if (!table) return undefined;
  return {
    table,
    losesRows: RECORDS[kind].isDeletable ?? false,
    write: async (sql, to, position, includes) => {
      const changed = earlier.filter((value) => includes(keyOf(table, value)));
      for (let at = 0; at < changed.length; at += RECORDS_PER_STATEMENT) {
        const records = changed.slice(at, at + RECORDS_PER_STATEMENT).map((value) => ({ value, sequence: position }));
        await upsertRecords(sql, { ...table, name: to }, records);
      }
    },
  };
}

/** Copies the earlier versions of records that have changed since then into the temporary table. */
async function fill(
  runner: QueryRunner,
  { table: { name, key }, losesRows, write }: PastTable,
  { schema, position }: { readonly schema: string; readonly position: number },
): Promise<void> {
  // Most tables never lose rows, and only few of their rows have changed since then.
  const condition = `sequence ${losesRows ? '<=' : '>'} ${String(position)}`;
  const rows: unknown = await runner.query(`SELECT ${key.join()} FROM "${schema}".${name} WHERE ${condition}`);
  const found = new Set(Array.isArray(rows) ? rows.map((row) => JSON.stringify(row)) : []);
  const sql = (statement: string, parameters: readonly unknown[]) => runner.query(statement, [...parameters]);
  await write(sql, pastName(name), position, (each) => found.has(each) !== losesRows);
}

const pastName = (table: string): string => `past_${table}`;

const tempTable = (table: string, schema: string): string =>
  `CREATE TEMP TABLE ${pastName(table)} (LIKE "${schema}".${table} INCLUDING ALL) ON COMMIT DROP`;

/** The view has the table's name, because Postgres searches the temporary schema first. */
const tempView = (table: string, schema: string, position: number): string =>
  `CREATE TEMP VIEW ${table} AS SELECT * FROM "${schema}".${table} WHERE sequence <= ${String(position)}
    UNION ALL SELECT * FROM ${pastName(table)}`;

/** Returns the key in the form in which the driver returns a row of the key's columns, as JSON. */
function keyOf<Value>({ key, columns }: ProjectedTable<Value>, value: Value): string {
  const values = key.map((name) => [name, columns.find((column) => column.name === name)?.of(value)] as const);
  return JSON.stringify(Object.fromEntries(values));
}
