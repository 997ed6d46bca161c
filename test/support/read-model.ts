import type { ReadonlyClusterState } from '@stowage/domain';
import { createDataSource } from '@stowage/read-model';
import { pino } from 'pino';
import type { DataSource } from 'typeorm';

/** For parts that must log; a test that looks at what they log gives its own. */
export const SILENT = pino({ level: 'silent' });

const KEYS = {
  account_settings: 'id',
  client_tokens: 'cluster, token_hash',
  clusters: 'name',
  container_instances: 'id',
  load_balancers: 'name',
  target_groups: 'name',
  task_definitions: 'family, revision',
  tasks: 'id',
} as const;

/** Everything that the projection has written: each table's rows in the order of its key. */
export type Tables = Readonly<Record<keyof typeof KEYS | 'checkpoint', readonly Readonly<Record<string, unknown>>[]>>;

/** A connected data source of `url`; destroy it after. */
export async function openTables(url: string): Promise<DataSource> {
  return createDataSource({ url, applicationName: 'test', poolSize: 3, timeoutMs: 30_000 }).initialize();
}

export async function readTables(source: DataSource): Promise<Tables> {
  const rows = (table: string, key: string): Promise<readonly Readonly<Record<string, unknown>>[]> =>
    source.query(`SELECT * FROM ${table} ORDER BY ${key}`);
  return {
    checkpoint: await rows('checkpoint', 'id'),
    account_settings: await rows('account_settings', KEYS.account_settings),
    client_tokens: await rows('client_tokens', KEYS.client_tokens),
    clusters: await rows('clusters', KEYS.clusters),
    container_instances: await rows('container_instances', KEYS.container_instances),
    load_balancers: await rows('load_balancers', KEYS.load_balancers),
    target_groups: await rows('target_groups', KEYS.target_groups),
    task_definitions: await rows('task_definitions', KEYS.task_definitions),
    tasks: await rows('tasks', KEYS.tasks),
  };
}

/** What of the tables the fold knows too: everything but the history of stopped tasks, gone instances and client tokens. */
export function liveRecords(tables: Tables): Readonly<Record<string, ReadonlyMap<string, unknown>>> {
  const stopped = new Set(tables.tasks.filter(({ stopped_at: at }) => at !== null));
  const tasks = tables.tasks.filter((row) => !stopped.has(row));
  const busy = new Set(tasks.map(({ instance }) => instance));
  const instances = tables.container_instances.filter(({ id, status }) => status !== 'INACTIVE' || busy.has(id));
  return {
    clusters: byKey(tables.clusters, ({ name }) => String(name)),
    instances: byKey(instances, ({ id }) => String(id)),
    tasks: byKey(tasks, ({ id }) => String(id)),
    definitions: byKey(tables.task_definitions, ({ family, revision }) => `${String(family)}:${String(revision)}`),
    loadBalancers: byKey(tables.load_balancers, ({ name }) => String(name)),
    targetGroups: byKey(tables.target_groups, ({ name }) => String(name)),
    settings: byKey(tables.account_settings, ({ id }) => String(id)),
  };
}

/** The fold's side of the same comparison. */
export function foldedRecords(state: ReadonlyClusterState): Readonly<Record<string, ReadonlyMap<string, unknown>>> {
  const revisions = [...state.families.values()].flatMap(({ revisions }) => [...revisions.values()]);
  const settings = state.accountSettings();
  const anySetting = Object.keys(settings.defaults).length + Object.keys(settings.principals).length > 0;
  return {
    clusters: plain([...state.clusters.values()], ({ name }) => name),
    instances: plain([...state.instances.values()], ({ id }) => id),
    tasks: plain([...state.tasks.values()], ({ id }) => id),
    definitions: plain(revisions, ({ family, revision }) => `${family}:${String(revision)}`),
    loadBalancers: plain([...state.loadBalancers.values()], ({ name }) => name),
    targetGroups: plain([...state.targetGroups.values()], ({ name }) => name),
    settings: plain(anySetting ? [settings] : [], () => 'account'),
  };
}

function byKey(
  rows: Tables[keyof Tables],
  key: (row: Readonly<Record<string, unknown>>) => string,
): ReadonlyMap<string, unknown> {
  return new Map(rows.map((row) => [key(row), row.record] as const).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function plain<Value>(values: readonly Value[], key: (value: Value) => string): ReadonlyMap<string, unknown> {
  const entries = values.map((value) => [key(value), JSON.parse(JSON.stringify(value)) as unknown] as const);
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
