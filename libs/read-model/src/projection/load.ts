import { serviceKey, type TaskDefinitionRef, type TouchedRecords, touchedBy } from '@stowage/domain';
import type { CommittedTransaction } from '@stowage/journal';
import { columnText } from '../rows/columns';
import type { Records } from './records';
import { ACCOUNT, revisionKey, type WorkingSet } from './working-set';

/** Runs one statement. */
export type Sql = <Row>(statement: string, parameters: readonly unknown[]) => Promise<readonly Row[]>;

/** Adds every record that the transactions read or write and that is not there yet, with one statement per table. */
export async function loadInto(
  set: WorkingSet,
  sql: Sql,
  transactions: readonly CommittedTransaction[],
): Promise<void> {
  const touched = touchedByAll(transactions);
  await load(sql, set.tasks, { keys: touched.tasks, statement: BY_ID('tasks', 'id') });
  // A task's own instance, cluster and service are changed with it, whatever its event names.
  for (const id of touched.tasks) {
    const task = set.tasks.get(id);
    if (!task) continue;
    touched.instances.add(task.instance);
    touched.clusters.add(task.cluster);
    if (task.service) touched.services.add(serviceKey(task.cluster, task.service.name));
  }
  await load(sql, set.instances, { keys: touched.instances, statement: BY_ID('container_instances', 'id') });
  await load(sql, set.clusters, { keys: touched.clusters, statement: BY_ID('clusters', 'name') });
  await load(sql, set.services, { keys: touched.services, statement: BY_ID('services', 'key') });
  await load(sql, set.serviceDeployments, {
    keys: touched.serviceDeployments,
    statement: BY_ID('service_deployments', 'id'),
  });
  await load(sql, set.loadBalancers, { keys: touched.loadBalancers, statement: BY_ID('load_balancers', 'name') });
  await load(sql, set.targetGroups, { keys: touched.targetGroups, statement: BY_ID('target_groups', 'name') });
  await load(sql, set.settings, { keys: touched.settings, statement: BY_ID('account_settings', 'id') });
  await loadRevisions(sql, set, touched.revisions);
}

const BY_ID = (table: string, key: string): string =>
  `SELECT ${key} AS key, record FROM ${table} WHERE ${key} = ANY($1::text[])`;

interface Touched {
  readonly clusters: Set<string>;
  readonly instances: Set<string>;
  readonly tasks: Set<string>;
  readonly services: Set<string>;
  readonly serviceDeployments: Set<string>;
  readonly loadBalancers: Set<string>;
  readonly targetGroups: Set<string>;
  readonly settings: Set<string>;
  readonly revisions: Map<string, TaskDefinitionRef>;
}

function touchedByAll(transactions: readonly CommittedTransaction[]): Touched {
  const all: Touched = {
    clusters: new Set(),
    instances: new Set(),
    tasks: new Set(),
    services: new Set(),
    serviceDeployments: new Set(),
    loadBalancers: new Set(),
    targetGroups: new Set(),
    settings: new Set(),
    revisions: new Map(),
  };
  for (const { events } of transactions) for (const { event } of events) add(all, touchedBy(event));
  return all;
}

function add(all: Touched, touched: TouchedRecords): void {
  for (const name of touched.clusters ?? []) all.clusters.add(name);
  for (const id of touched.instances ?? []) all.instances.add(id);
  for (const id of touched.tasks ?? []) all.tasks.add(id);
  for (const key of touched.services ?? []) all.services.add(key);
  for (const id of touched.serviceDeployments ?? []) all.serviceDeployments.add(id);
  for (const name of touched.loadBalancers ?? []) all.loadBalancers.add(name);
  for (const name of touched.targetGroups ?? []) all.targetGroups.add(name);
  for (const ref of touched.taskDefinitions ?? []) all.revisions.set(revisionKey(ref), ref);
  if (touched.accountSettings) all.settings.add(ACCOUNT);
}

async function load<Value>(
  sql: Sql,
  records: Records<Value>,
  { keys, statement }: { readonly keys: ReadonlySet<string>; readonly statement: string },
): Promise<void> {
  const missing = [...keys].filter((key) => !records.has(key));
  if (missing.length === 0) return;
  for (const key of missing) records.load(key, undefined);
  const rows = await sql<{ readonly key: string; readonly record: Value }>(statement, [missing.map(columnText)]);
  for (const { key, record } of rows) records.load(key, record);
}

const REVISIONS = `SELECT definition.record FROM task_definitions AS definition
  JOIN unnest($1::text[], $2::integer[]) AS wanted (family, revision) USING (family, revision)`;

async function loadRevisions(
  sql: Sql,
  { taskDefinitions }: WorkingSet,
  wanted: ReadonlyMap<string, TaskDefinitionRef>,
): Promise<void> {
  const refs = [...wanted].filter(([key]) => !taskDefinitions.has(key)).map(([, ref]) => ref);
  if (refs.length === 0) return;
  for (const ref of refs) taskDefinitions.load(revisionKey(ref), undefined);
  const keys = [refs.map(({ family }) => columnText(family)), refs.map(({ revision }) => revision)];
  const rows = await sql<{ readonly record: NonNullable<ReturnType<typeof taskDefinitions.get>> }>(REVISIONS, keys);
  for (const { record } of rows) taskDefinitions.load(revisionKey(record), record);
}
