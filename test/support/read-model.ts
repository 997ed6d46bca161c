import {
  invariant,
  type ReadonlyClusterState,
  RECORD_KINDS,
  type RecordKind,
  type RecordOf,
  RECORDS,
} from '@stowage/domain';
import { createDataSource } from '@stowage/read-model';
import { pino } from 'pino';
import type { DataSource } from 'typeorm';
import { TABLES } from '../../libs/read-model/src/projection/tables';

/** For parts that need a logger. A test that checks log messages uses its own. */
export const SILENT = pino({ level: 'silent' });

const KEYS = {
  account_settings: 'id',
  client_tokens: 'cluster, token_hash',
  clusters: 'name',
  container_instances: 'id',
  load_balancers: 'name',
  service_deployments: 'id',
  services: 'key',
  target_groups: 'name',
  task_definitions: 'family, revision',
  tasks: 'id',
} as const;

type Row = Readonly<Record<string, unknown>>;

/** Resolves with all rows that the projector has written, by table, in the order of their keys. */
export type Tables = Readonly<Record<keyof typeof KEYS | 'checkpoint', readonly Row[]>>;

/** Opens a data source of `url`. The caller destroys it. */
export async function openTables(url: string): Promise<DataSource> {
  return createDataSource({ url, applicationName: 'test', poolSize: 3, timeoutMs: 30_000 }).initialize();
}

export async function readTables(source: DataSource): Promise<Tables> {
  const rows = (table: string, key: string): Promise<readonly Row[]> =>
    source.query(`SELECT * FROM ${table} ORDER BY ${key}`);
  return {
    checkpoint: await rows('checkpoint', 'id'),
    account_settings: await rows('account_settings', KEYS.account_settings),
    client_tokens: await rows('client_tokens', KEYS.client_tokens),
    clusters: await rows('clusters', KEYS.clusters),
    container_instances: await rows('container_instances', KEYS.container_instances),
    load_balancers: await rows('load_balancers', KEYS.load_balancers),
    service_deployments: await rows('service_deployments', KEYS.service_deployments),
    services: await rows('services', KEYS.services),
    target_groups: await rows('target_groups', KEYS.target_groups),
    task_definitions: await rows('task_definitions', KEYS.task_definitions),
    tasks: await rows('tasks', KEYS.tasks),
  };
}

/**
 * Returns the records that the fold holds too, from the tables: all that are not stopped or deleted, by kind and key.
 */
export function liveRecords(tables: Tables): Readonly<Record<string, ReadonlyMap<string, unknown>>> {
  return perKindWithTable((kind, table) => {
    const rows = new Map(Object.entries(tables)).get(table);
    invariant(rows, `readTables does not read ${table}.`);
    return live(
      kind,
      rows.map(({ record }) => record as RecordOf<typeof kind>),
    );
  });
}

/** Returns the fold's records for the same comparison. */
export function foldedRecords(state: ReadonlyClusterState): Readonly<Record<string, ReadonlyMap<string, unknown>>> {
  return perKindWithTable((kind) =>
    live(
      kind,
      [...state.all(kind).values()].map((record) => JSON.parse(JSON.stringify(record)) as RecordOf<typeof kind>),
    ),
  );
}

function perKindWithTable<Value>(of: (kind: RecordKind, table: string) => Value): Readonly<Record<string, Value>> {
  return Object.fromEntries(
    RECORD_KINDS.flatMap((kind) => {
      const table = TABLES[kind];
      return table ? [[kind, of(kind, table.name)]] : [];
    }),
  );
}

function live<Kind extends RecordKind>(kind: Kind, records: readonly RecordOf<Kind>[]): ReadonlyMap<string, unknown> {
  const { key, isOver } = RECORDS[kind];
  const entries = records.filter((record) => !isOver?.(record)).map((record) => [key(record), record] as const);
  return new Map<string, unknown>(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
