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
  /** The rows must have got at least as far. */
  readonly position: number;
  readonly at: EpochMs;
  readonly state: ReadonlyClusterState;
}

const RECORDS_PER_STATEMENT = 1_000;

/**
 * Lets the same questions be asked of the past. A row that has not changed since is what it was then, also of what the fold
 * has forgotten (a STOPPED task never changes again); what has changed since is as the fold of then has it. So a view of
 * each table is put before it, for one connection and one transaction, which is then rolled back.
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
    const pasts = pastsOf(past.state);
    await runner.query(pasts.map(({ table }) => tempTable(table.name, current.schema)).join(';'));
    for (const each of pasts) await fill(runner, each, { schema: current.schema, position });
    await runner.query(pasts.map(({ table }) => tempView(table.name, current.schema, position)).join(';'));
    // One connection takes one statement after the other, also where questions are asked side by side.
    let last: Promise<unknown> = Promise.resolve();
    const inTurn: Tables['use'] = (ask) => {
      const asking = last.then(() => ask(runner.manager));
      last = asking.catch(() => undefined);
      return asking;
    };
    return await work({ use: inTurn });
  } finally {
    await runner.rollbackTransaction().catch(() => undefined);
    await runner.release();
  }
}

/** A table, and the fold's records of then. */
interface PastOf {
  readonly table: { readonly name: string; readonly key: readonly string[] };
  readonly losesRows: boolean;
  /** The records whose key `wanted` takes, to be written to `name`. */
  readonly write: (sql: Sql, to: string, position: number, wanted: (key: string) => boolean) => Promise<void>;
}

function pastsOf(state: ReadonlyClusterState): readonly PastOf[] {
  return RECORD_KINDS.flatMap((kind) => pastOf(kind, [...state.all(kind).values()]) ?? []);
}

function pastOf<Kind extends RecordKind>(kind: Kind, then: readonly RecordOf<Kind>[]): PastOf | undefined {
  const table = TABLES[kind];
  if (!table) return undefined;
  return {
    table,
    losesRows: RECORDS[kind].isDeletable ?? false,
    write: async (sql, to, position, wanted) => {
      const changed = then.filter((value) => wanted(keyOf(table, value)));
      for (let at = 0; at < changed.length; at += RECORDS_PER_STATEMENT) {
        const records = changed.slice(at, at + RECORDS_PER_STATEMENT).map((value) => ({ value, sequence: position }));
        await upsertRecords(sql, { ...table, name: to }, records);
      }
    },
  };
}

/** What has changed since goes into the table of the past, as it was. */
async function fill(
  runner: QueryRunner,
  { table: { name, key }, losesRows, write }: PastOf,
  { schema, position }: { readonly schema: string; readonly position: number },
): Promise<void> {
  // Of most tables no row ever goes, and fewer have changed since than have not.
  const condition = `sequence ${losesRows ? '<=' : '>'} ${String(position)}`;
  const rows: unknown = await runner.query(`SELECT ${key.join()} FROM "${schema}".${name} WHERE ${condition}`);
  const found = new Set(Array.isArray(rows) ? rows.map((row) => JSON.stringify(row)) : []);
  const sql = (statement: string, parameters: readonly unknown[]) => runner.query(statement, [...parameters]);
  await write(sql, pastName(name), position, (each) => found.has(each) !== losesRows);
}

const pastName = (table: string): string => `past_${table}`;

const tempTable = (table: string, schema: string): string =>
  `CREATE TEMP TABLE ${pastName(table)} (LIKE "${schema}".${table} INCLUDING ALL) ON COMMIT DROP`;

/** Of its own name: what is temporary is found first. */
const tempView = (table: string, schema: string, position: number): string =>
  `CREATE TEMP VIEW ${table} AS SELECT * FROM "${schema}".${table} WHERE sequence <= ${String(position)}
    UNION ALL SELECT * FROM ${pastName(table)}`;

/** As the driver gives a row of the key's columns, in text. */
function keyOf<Value>({ key, columns }: ProjectedTable<Value>, value: Value): string {
  const cells = key.map((name) => [name, columns.find((column) => column.name === name)?.of(value)] as const);
  return JSON.stringify(Object.fromEntries(cells));
}
