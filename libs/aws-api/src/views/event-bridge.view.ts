import { createHash } from 'node:crypto';
import {
  breakerReason,
  clusterArn,
  containerInstanceArn,
  type DomainEvent,
  type EpochMs,
  type EventMeta,
  isEventOf,
  type Scope,
  serviceArn,
  type ServiceEvent,
  type StateStore,
  taskArn,
  touchedBy,
} from '@stowage/domain';
import { containerInstanceView } from './container-instance.view';
import { taskView } from './task.view';

/** What ECS sends to EventBridge of tasks, container instances, services and deployments. */
export const EVENT_BRIDGE_TYPES = [
  'ECS Task State Change',
  'ECS Container Instance State Change',
  'ECS Service Action',
  'ECS Deployment State Change',
] as const;
export type EventBridgeType = (typeof EVENT_BRIDGE_TYPES)[number];

/** An event in EventBridge's envelope. */
export interface EventBridgeEvent {
  readonly version: '0';
  /** Of the same event always the same: whoever gets it twice knows it. */
  readonly id: string;
  readonly 'detail-type': EventBridgeType;
  readonly source: 'aws.ecs';
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: object;
}

interface Said {
  readonly type: EventBridgeType;
  readonly resource: string;
  readonly detail: object;
}

/** What an event of the journal is in ECS's shapes: none, one or several. `after`: the records that it led to. */
export function eventBridgeEvents(
  event: DomainEvent,
  meta: Pick<EventMeta, 'sequence' | 'at' | 'transaction'>,
  { after, scope }: { readonly after: StateStore; readonly scope: Scope },
): readonly EventBridgeEvent[] {
  const said = [
    ...tasks(event, meta.at, { after, scope }),
    ...instances(event, meta.at, { after, scope }),
    ...ofService(event, meta.at, scope),
  ];
  return said.map(({ type, resource, detail }, at) => ({
    version: '0',
    id: uuidOf(`${meta.transaction} ${String(meta.sequence)} ${String(at)}`),
    'detail-type': type,
    source: 'aws.ecs',
    account: scope.account,
    time: new Date(meta.at).toISOString().replace(/\.\d+Z$/, 'Z'),
    region: scope.region,
    resources: [resource],
    detail,
  }));
}

interface Seen {
  readonly after: StateStore;
  readonly scope: Scope;
}

/** Tags are not of a task's state, nor are protection and what load balancers find. */
const NO_STATE: readonly DomainEvent['type'][] = [
  'TaskTagsSet',
  'TaskProtectionSet',
  'InstanceTagsSet',
  'TargetHealthChanged',
];

function tasks(event: DomainEvent, at: EpochMs, { after, scope }: Seen): readonly Said[] {
  if (NO_STATE.includes(event.type)) return [];
  return (touchedBy(event).task ?? []).flatMap((id): readonly Said[] => {
    const task = after.get('task', id);
    if (!task) return [];
    const detail = { ...isoTimes(taskView(task, scope, [])), updatedAt: iso(at) };
    return [{ type: 'ECS Task State Change', resource: taskArn(scope, task.cluster, id), detail }];
  });
}

/** Also where tasks come and go: an instance's remaining resources are of its state. */
function instances(event: DomainEvent, at: EpochMs, { after, scope }: Seen): readonly Said[] {
  const { instance: ids = [], task: touched } = touchedBy(event);
  const isProgressOnly = touched !== undefined && !['TasksPlaced', 'TaskStopped', 'TasksGivenUp'].includes(event.type);
  if (NO_STATE.includes(event.type) || isProgressOnly) return [];
  return ids.flatMap((id): readonly Said[] => {
    const instance = after.get('instance', id);
    if (!instance) return [];
    const detail = { ...isoTimes(containerInstanceView(instance, scope, [])), updatedAt: iso(at) };
    const [arn, cluster] = [containerInstanceArn(scope, instance.cluster, id), clusterArn(scope, instance.cluster)];
    return [{ type: 'ECS Container Instance State Change', resource: arn, detail: { clusterArn: cluster, ...detail } }];
  });
}

interface Happened {
  readonly type: EventBridgeType;
  readonly level: 'INFO' | 'WARN' | 'ERROR';
  readonly name: string;
  readonly more: object;
}

function ofService(event: DomainEvent, at: EpochMs, scope: Scope): readonly Said[] {
  if (!isEventOf('service', event)) return [];
  return happened(event, at, scope).map(({ type, level, name, more }) => ({
    type,
    resource: serviceArn(scope, event.cluster, event.service),
    detail: { eventType: level, eventName: name, ...more },
  }));
}

function happened(event: ServiceEvent, at: EpochMs, scope: Scope): readonly Happened[] {
  const action = (level: Happened['level'], name: string, more: object = {}): Happened => ({
    type: 'ECS Service Action',
    level,
    name,
    more: { clusterArn: clusterArn(scope, event.cluster), createdAt: iso(at), ...more },
  });
  const deployment = (level: Happened['level'], name: string, deploymentId: string, reason: string): Happened => ({
    type: 'ECS Deployment State Change',
    level,
    name: `SERVICE_DEPLOYMENT_${name}`,
    more: { deploymentId, updatedAt: iso(at), reason },
  });
  switch (event.type) {
    case 'SteadyStateReached':
      return [action('INFO', 'SERVICE_STEADY_STATE')];
    case 'ServiceUpdated': {
      const { desiredCount } = event.changes;
      return desiredCount === undefined ? [] : [action('INFO', 'SERVICE_DESIRED_COUNT_UPDATED', { desiredCount })];
    }
    case 'ServiceStepTaken': {
      const taskArns = event.stopped.map(({ task }) => taskArn(scope, event.cluster, task));
      return taskArns.length > 0 ? [action('INFO', 'TASKS_STOPPED', { taskArns })] : [];
    }
    case 'ServiceMessagesRecorded':
      return event.messages.flatMap(({ kind, text, reason = text }) => {
        if (kind === 'unable-to-place') return [action('ERROR', 'SERVICE_TASK_PLACEMENT_FAILURE', { reason })];
        return kind === 'unable-to-start' ? [action('WARN', 'SERVICE_TASK_START_IMPAIRED', { reason: text })] : [];
      });
    case 'DeploymentStarted': {
      const { deployment: id } = event;
      return [deployment('INFO', 'IN_PROGRESS', id, `ECS deployment ${id} in progress.`)];
    }
    case 'DeploymentCompleted':
      return [deployment('INFO', 'COMPLETED', event.deployment, `ECS deployment ${event.deployment} completed.`)];
    case 'DeploymentFailed': {
      const reason = event.reason === 'circuit-breaker' ? breakerReason(event) : 'ECS deployment stopped by a request.';
      return [deployment('ERROR', 'FAILED', event.deployment, reason)];
    }
    default:
      return [];
  }
}

const iso = (at: EpochMs): string => new Date(at).toISOString();

/** EventBridge writes times as text where the API's JSON has seconds. */
function isoTimes(view: object): object {
  return Object.fromEntries(
    Object.entries(view).map(([name, value]: [string, unknown]) => [
      name,
      name.endsWith('At') && typeof value === 'number' ? iso(value * 1_000) : value,
    ]),
  );
}

/** A UUID that follows from `name` (version 8: of our own making). */
function uuidOf(name: string): string {
  const digits = createHash('sha256').update(name).digest('hex');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-8${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}
