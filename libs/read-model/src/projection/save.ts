import { columnText } from '../rows/columns';
import type { Sql } from './load';
import {
  ACCOUNT_SETTINGS,
  CLIENT_TOKENS,
  CLUSTERS,
  CONTAINER_INSTANCES,
  LOAD_BALANCERS,
  SERVICE_DEPLOYMENTS,
  SERVICES,
  TARGET_GROUPS,
  TASK_DEFINITIONS,
  TASKS,
} from './tables';
import { upsertRecords, upsertRows } from './upsert';
import type { WorkingSet } from './working-set';

/** Writes what the batch changed, with one statement per table. */
export async function saveWorkingSet(sql: Sql, set: WorkingSet): Promise<void> {
  await upsertRecords(sql, CLUSTERS, set.clusters.changed);
  await upsertRecords(sql, CONTAINER_INSTANCES, set.instances.changed);
  await upsertRecords(sql, TASKS, set.tasks.changed);
  await upsertRecords(sql, SERVICES, set.services.changed);
  await upsertRecords(sql, SERVICE_DEPLOYMENTS, set.serviceDeployments.changed);
  await upsertRecords(sql, TASK_DEFINITIONS, set.taskDefinitions.changed);
  await upsertRecords(sql, LOAD_BALANCERS, set.loadBalancers.changed);
  await upsertRecords(sql, TARGET_GROUPS, set.targetGroups.changed);
  await upsertRecords(sql, ACCOUNT_SETTINGS, set.settings.changed);
  await upsertRows(sql, CLIENT_TOKENS, [...set.clientTokens.values()]);
  await removeRevisions(sql, set.taskDefinitions.removed);
  await removeByName(sql, LOAD_BALANCERS.name, set.loadBalancers.removed);
  await removeByName(sql, TARGET_GROUPS.name, set.targetGroups.removed);
}

async function removeRevisions(sql: Sql, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return;
  const families = keys.map((key) => columnText(key.slice(0, key.lastIndexOf(':'))));
  const revisions = keys.map((key) => Number(key.slice(key.lastIndexOf(':') + 1)));
  await sql(
    `DELETE FROM task_definitions USING unnest($1::text[], $2::integer[]) AS gone (family, revision)
      WHERE task_definitions.family = gone.family AND task_definitions.revision = gone.revision`,
    [families, revisions],
  );
}

async function removeByName(sql: Sql, table: string, names: readonly string[]): Promise<void> {
  if (names.length > 0) await sql(`DELETE FROM ${table} WHERE name = ANY($1::text[])`, [names.map(columnText)]);
}
