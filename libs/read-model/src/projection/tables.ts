import type { AccountSettings, Cluster, ContainerInstance, Task, TaskDefinition } from '@stowage/domain';
import { columnText } from '../rows/columns';
import type { ChangedRecord } from './records';
import { arrayLiteral, type ProjectedColumn, type ProjectedTable } from './upsert';
import { ACCOUNT, type ClientTokenUse } from './working-set';

// The columns beside `record` are copies of what it says, there to be searched by. They name the columns of rows/*.row.ts.

type Changed<Value> = ChangedRecord<Value>;

function text<Value>(name: string, of: (value: Value) => string | undefined): ProjectedColumn<Changed<Value>> {
  return {
    name,
    type: 'text',
    of: ({ value }) => {
      const found = of(value);
      return found === undefined ? null : columnText(found);
    },
  };
}

const record = { name: 'record', type: 'json', of: ({ value }: Changed<unknown>) => JSON.stringify(value) } as const;
const sequence = {
  name: 'sequence',
  type: 'bigint',
  of: (changed: { readonly sequence: number }) => changed.sequence,
} as const;

export const CLUSTERS: ProjectedTable<Changed<Cluster>> = {
  name: 'clusters',
  key: ['name'],
  columns: [text('name', ({ name }) => name), text('status', ({ status }) => status), record, sequence],
};

export const CONTAINER_INSTANCES: ProjectedTable<Changed<ContainerInstance>> = {
  name: 'container_instances',
  key: ['id'],
  columns: [
    text('id', ({ id }) => id),
    text('cluster', ({ cluster }) => cluster),
    text('status', ({ status }) => status),
    record,
    sequence,
  ],
};

export const TASKS: ProjectedTable<Changed<Task>> = {
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
    { name: 'created_at', type: 'bigint', of: ({ value }) => value.createdAt },
    { name: 'stopped_at', type: 'bigint', of: ({ value }) => value.stoppedAt ?? null },
    record,
    sequence,
  ],
};

export const TASK_DEFINITIONS: ProjectedTable<Changed<TaskDefinition>> = {
  name: 'task_definitions',
  key: ['family', 'revision'],
  columns: [
    text('family', ({ family }) => family),
    { name: 'revision', type: 'integer', of: ({ value }) => value.revision },
    text('status', ({ status }) => status),
    record,
    sequence,
  ],
};

export const ACCOUNT_SETTINGS: ProjectedTable<Changed<AccountSettings>> = {
  name: 'account_settings',
  key: ['id'],
  columns: [text('id', () => ACCOUNT), record, sequence],
};

export const CLIENT_TOKENS: ProjectedTable<ClientTokenUse> = {
  name: 'client_tokens',
  key: ['cluster', 'token_hash'],
  columns: [
    { name: 'cluster', type: 'text', of: ({ cluster }) => columnText(cluster) },
    { name: 'token_hash', type: 'text', of: ({ tokenHash }) => columnText(tokenHash) },
    { name: 'parameters_hash', type: 'text', of: ({ parametersHash }) => columnText(parametersHash) },
    { name: 'task_ids', type: 'text[]', of: ({ tasks }) => arrayLiteral(tasks) },
    { name: 'at', type: 'bigint', of: ({ at }) => at },
    sequence,
  ],
};
