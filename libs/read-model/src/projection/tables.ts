import {
  type AccountSettings,
  type Cluster,
  type ContainerInstance,
  type LoadBalancer,
  type Service,
  type ServiceDeployment,
  serviceKey,
  type TargetGroup,
  targetGroupsOfLoadBalancer,
  type Task,
  type TaskDefinition,
} from '@stowage/domain';
import { columnText } from '../rows/columns';
import { arrayLiteral, type ProjectedColumn, type ProjectedTable } from './upsert';
import { ACCOUNT, type ClientTokenUse } from './working-set';

// The columns beside `record` and `sequence`: copies of what the record says, there to be searched by. They are those of
// rows/*.row.ts.

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

export const CLUSTERS: ProjectedTable<Cluster> = {
  name: 'clusters',
  key: ['name'],
  columns: [text('name', ({ name }) => name), text('status', ({ status }) => status)],
};

export const CONTAINER_INSTANCES: ProjectedTable<ContainerInstance> = {
  name: 'container_instances',
  key: ['id'],
  columns: [
    text('id', ({ id }) => id),
    text('cluster', ({ cluster }) => cluster),
    text('status', ({ status }) => status),
  ],
};

export const TASKS: ProjectedTable<Task> = {
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

export const SERVICES: ProjectedTable<Service> = {
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

export const SERVICE_DEPLOYMENTS: ProjectedTable<ServiceDeployment> = {
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

export const TASK_DEFINITIONS: ProjectedTable<TaskDefinition> = {
  name: 'task_definitions',
  key: ['family', 'revision'],
  columns: [
    text('family', ({ family }) => family),
    { name: 'revision', type: 'integer', of: ({ revision }) => revision },
    text('status', ({ status }) => status),
  ],
};

export const LOAD_BALANCERS: ProjectedTable<LoadBalancer> = {
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

export const TARGET_GROUPS: ProjectedTable<TargetGroup> = {
  name: 'target_groups',
  key: ['name'],
  columns: [text('name', ({ name }) => name)],
};

export const ACCOUNT_SETTINGS: ProjectedTable<AccountSettings> = {
  name: 'account_settings',
  key: ['id'],
  columns: [text('id', () => ACCOUNT)],
};

export const CLIENT_TOKENS: ProjectedTable<ClientTokenUse> = {
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
