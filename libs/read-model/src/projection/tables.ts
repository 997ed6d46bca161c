import {
  type AccountSettings,
  type Cluster,
  type ClusterName,
  type ContainerInstance,
  type EpochMs,
  type LoadBalancer,
  type RecordKind,
  type RecordOf,
  RECORDS,
  type Service,
  type ServiceDeployment,
  serviceKey,
  type TargetGroup,
  targetGroupsOfLoadBalancer,
  type Task,
  type TaskDefinition,
  type TaskId,
} from '@stowage/domain';
import {
  AccountSettingsRow,
  CheckpointRow,
  ClientTokenRow,
  ClusterRow,
  ContainerInstanceRow,
  LoadBalancerRow,
  ServiceDeploymentRow,
  ServiceRow,
  TargetGroupRow,
  TaskDefinitionRow,
  TaskRow,
} from '../rows';
import { columnText } from '../rows/columns';
import { arrayLiteral, type ProjectedColumn, type ProjectedTable } from './upsert';

// The columns next to `record` and `sequence` are copies of members of the record, by which queries search. They match
// those of rows/*.row.ts.

function text<Value>(name: string, of: (value: Value) => string | undefined): ProjectedColumn<Value> {
  return {
    name,
    type: 'text',
    of: (value) => {
      const found = of(value);
      return found === undefined ? null : columnText(found);
    },
  };
}

const CLUSTERS: ProjectedTable<Cluster> = {
  row: ClusterRow,
  name: 'clusters',
  key: ['name'],
  columns: [text('name', ({ name }) => name), text('status', ({ status }) => status)],
};

const CONTAINER_INSTANCES: ProjectedTable<ContainerInstance> = {
  row: ContainerInstanceRow,
  name: 'container_instances',
  key: ['id'],
  columns: [
    text('id', ({ id }) => id),
    text('cluster', ({ cluster }) => cluster),
    text('status', ({ status }) => status),
  ],
};

const TASKS: ProjectedTable<Task> = {
  row: TaskRow,
  name: 'tasks',
  key: ['id'],
  columns: [
    text('id', ({ id }) => id),
    text('cluster', ({ cluster }) => cluster),
    text('instance', ({ instance }) => instance),
    text('family', ({ taskDefinition }) => taskDefinition.family),
    text('started_by', ({ startedBy }) => startedBy),
    text('service', ({ service }) => service?.name),
    text('launch_type', ({ launchType }) => launchType),
    text('desired_status', ({ desiredStatus }) => desiredStatus),
    { name: 'created_at', type: 'bigint', of: ({ createdAt }) => createdAt },
    { name: 'stopped_at', type: 'bigint', of: ({ stoppedAt }) => stoppedAt ?? null },
  ],
};

const SERVICES: ProjectedTable<Service> = {
  row: ServiceRow,
  name: 'services',
  key: ['key'],
  columns: [
    text('key', ({ cluster, name }) => serviceKey(cluster, name)),
    text('cluster', ({ cluster }) => cluster),
    text('name', ({ name }) => name),
    text('status', ({ status }) => status),
    text('launch_type', ({ deployments }) => deployments[0]?.revision.launchType),
    text('scheduling_strategy', ({ schedulingStrategy }) => schedulingStrategy),
  ],
};

const SERVICE_DEPLOYMENTS: ProjectedTable<ServiceDeployment> = {
  row: ServiceDeploymentRow,
  name: 'service_deployments',
  key: ['id'],
  columns: [
    text('id', ({ id }) => id),
    text('service_key', ({ cluster, service }) => serviceKey(cluster, service)),
    text('revision', ({ target }) => target.id),
    text('status', ({ status }) => status),
    { name: 'created_at', type: 'bigint', of: ({ createdAt }) => createdAt },
  ],
};

const TASK_DEFINITIONS: ProjectedTable<TaskDefinition> = {
  row: TaskDefinitionRow,
  name: 'task_definitions',
  key: ['family', 'revision'],
  keyValuesOf: (key) => [columnText(key.slice(0, key.lastIndexOf(':'))), Number(key.slice(key.lastIndexOf(':') + 1))],
  columns: [
    text('family', ({ family }) => family),
    { name: 'revision', type: 'integer', of: ({ revision }) => revision },
    text('status', ({ status }) => status),
  ],
};

const LOAD_BALANCERS: ProjectedTable<LoadBalancer> = {
  row: LoadBalancerRow,
  name: 'load_balancers',
  key: ['name'],
  columns: [
    text('name', ({ name }) => name),
    {
      name: 'target_groups',
      type: 'text[]',
      of: (loadBalancer) => arrayLiteral(targetGroupsOfLoadBalancer(loadBalancer)),
    },
  ],
};

const TARGET_GROUPS: ProjectedTable<TargetGroup> = {
  row: TargetGroupRow,
  name: 'target_groups',
  key: ['name'],
  columns: [text('name', ({ name }) => name)],
};

const ACCOUNT_SETTINGS: ProjectedTable<AccountSettings> = {
  row: AccountSettingsRow,
  name: 'account_settings',
  key: ['id'],
  columns: [text('id', RECORDS['account-settings'].key)],
};

/**
 * The table of each kind of record. Three kinds have none: principals and join tokens, whose sealed secrets belong only
 * in the journal, and the numbering of families, which is never queried.
 */
export const TABLES: { readonly [Kind in RecordKind]: ProjectedTable<RecordOf<Kind>> | undefined } = {
  cluster: CLUSTERS,
  instance: CONTAINER_INSTANCES,
  task: TASKS,
  service: SERVICES,
  'service-deployment': SERVICE_DEPLOYMENTS,
  'task-definition': TASK_DEFINITIONS,
  'task-definition-family': undefined,
  'load-balancer': LOAD_BALANCERS,
  'target-group': TARGET_GROUPS,
  'account-settings': ACCOUNT_SETTINGS,
  principal: undefined,
  'join-token': undefined,
};

/** Outcome of a transaction with a client token. */
export interface ClientTokenUse {
  readonly cluster: ClusterName;
  readonly tokenHash: string;
  readonly parametersHash: string;
  readonly tasks: readonly TaskId[];
  readonly at: EpochMs;
  readonly sequence: number;
}

export const CLIENT_TOKENS: ProjectedTable<ClientTokenUse> = {
  row: ClientTokenRow,
  name: 'client_tokens',
  key: ['cluster', 'token_hash'],
  columns: [
    text('cluster', ({ cluster }) => cluster),
    text('token_hash', ({ tokenHash }) => tokenHash),
    text('parameters_hash', ({ parametersHash }) => parametersHash),
    { name: 'task_ids', type: 'text[]', of: ({ tasks }) => arrayLiteral(tasks) },
    { name: 'at', type: 'bigint', of: ({ at }) => at },
    { name: 'sequence', type: 'bigint', of: ({ sequence }) => sequence },
  ],
};

/** The rows of all tables of the read model. */
export const ROWS = [
  CheckpointRow,
  CLIENT_TOKENS.row,
  ...Object.values(TABLES).flatMap((table: { readonly row: new () => object } | undefined) => table?.row ?? []),
];
