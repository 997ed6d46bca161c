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

/** Detail types of ECS's EventBridge events about tasks, container instances, services and deployments. */
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
  /** The id is deterministic, so that consumers can deduplicate events. */
  readonly id: string;
  readonly 'detail-type': EventBridgeType;
  readonly source: 'aws.ecs';
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: object;
}

interface EventDraft {
  readonly type: EventBridgeType;
  readonly resource: string;
  readonly detail: object;
}

/** Returns ECS's events for an event of the journal: none, one or several. `after`: the changed records. */
export function eventBridgeEvents(
  event: DomainEvent,
  meta: Pick<EventMeta, 'sequence' | 'at' | 'transaction'>,
  { after, scope }: { readonly after: StateStore; readonly scope: Scope },
): readonly EventBridgeEvent[] {
  const drafts = [
    ...tasks(event, meta.at, { after, scope }),
    ...instances(event, meta.at, { after, scope }),
    ...ofService(event, meta.at, scope),
  ];
  return drafts.map(({ type, resource, detail }, at) => ({
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

/** Events that change a task's state. Tags, protection and load balancer health are not part of it. */
const NO_STATE: readonly DomainEvent['type'][] = [
  'TaskTagsSet',
  'TaskProtectionSet',
  'InstanceTagsSet',
  'TargetHealthChanged',
];

function tasks(event: DomainEvent, at: EpochMs, { after, scope }: Seen): readonly EventDraft[] {
  if (NO_STATE.includes(event.type)) return [];
  return (touchedBy(event).task ?? []).flatMap((id): readonly EventDraft[] => {
    const task = after.get('task', id);
    if (!task) return [];
    const detail = { ...isoTimes(taskView(task, scope, [])), updatedAt: iso(at) };
    return [{ type: 'ECS Task State Change', resource: taskArn(scope, task.cluster, id), detail }];
  });
}

/** Includes events that start or stop tasks, because the remaining resources are part of an instance's state. */
function instances(event: DomainEvent, at: EpochMs, { after, scope }: Seen): readonly EventDraft[] {
  const { instance: ids = [], task: touched } = touchedBy(event);
  const isProgressOnly = touched !== undefined && !['TasksPlaced', 'TaskStopped', 'TasksGivenUp'].includes(event.type);
  if (NO_STATE.includes(event.type) || isProgressOnly) return [];
  return ids.flatMap((id): readonly EventDraft[] => {
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

function ofService(event: DomainEvent, at: EpochMs, scope: Scope): readonly EventDraft[] {
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

/** EventBridge writes times as text, while the API's JSON uses seconds. */
function isoTimes(view: object): object {
  return Object.fromEntries(
    Object.entries(view).map(([name, value]: [string, unknown]) => [
      name,
      name.endsWith('At') && typeof value === 'number' ? iso(value * 1_000) : value,
    ]),
  );
}

/** Returns a UUID that is derived from `name` (version 8, custom). */
function uuidOf(name: string): string {
  const digits = createHash('sha256').update(name).digest('hex');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-8${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}
