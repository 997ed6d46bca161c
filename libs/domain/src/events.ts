import type { AccountSettingEvent, JoinTokenEvent, PrincipalEvent } from './account/account';
import type { ClusterEvent } from './cluster/cluster';
import type { InstanceEvent } from './container-instance/container-instance';
import type { EpochMs, JournalId, TransactionId } from './ids';
import type { LoadBalancerEvent } from './load-balancing/load-balancer';
import type { TargetGroupEvent } from './load-balancing/target-group';
import type { ServiceEvent } from './service/service-events';
import type { TaskEvent } from './task/task';
import type { TaskDefinitionEvent } from './task-definition/task-definition';

/** The journal's first event: its id and format, on `journal.meta`. */
export interface JournalOpened {
  readonly type: 'JournalOpened';
  readonly version: 1;
  readonly journal: JournalId;
  readonly format: 1;
}

/** Every fact that can be in the journal. Past tense; once written, an event's meaning never changes. */
export type DomainEvent =
  | JournalOpened
  | ClusterEvent
  | InstanceEvent
  | TaskEvent
  | ServiceEvent
  | TaskDefinitionEvent
  | LoadBalancerEvent
  | TargetGroupEvent
  | AccountSettingEvent
  | PrincipalEvent
  | JoinTokenEvent;

/** Which aggregate an event belongs to: one NATS subject each, spelled only in `libs/journal/src/subjects.ts`. */
export type Aggregate =
  | { readonly kind: 'meta' }
  | { readonly kind: 'cluster'; readonly cluster: string }
  | { readonly kind: 'instance'; readonly cluster: string; readonly instance: string }
  | { readonly kind: 'task'; readonly cluster: string; readonly instance: string }
  | { readonly kind: 'service'; readonly cluster: string; readonly service: string }
  | { readonly kind: 'task-definition'; readonly family: string }
  | { readonly kind: 'load-balancer' | 'target-group'; readonly name: string }
  | { readonly kind: 'account-settings' }
  | { readonly kind: 'principal'; readonly name: string }
  | { readonly kind: 'join-token'; readonly token: string };

/** The aggregate that an event is written to. */
export function aggregateOf(event: DomainEvent): Aggregate {
  if ('loadBalancer' in event) return { kind: 'load-balancer', name: event.loadBalancer };
  if ('targetGroup' in event) return { kind: 'target-group', name: event.targetGroup };
  switch (event.type) {
    case 'JournalOpened':
      return { kind: 'meta' };
    case 'ClusterCreated':
    case 'ClusterUpdated':
    case 'ClusterDeleted':
    case 'ClusterTagsSet':
      return { kind: 'cluster', cluster: event.cluster };
    case 'InstanceRegistered':
    case 'InstanceReregistered':
    case 'InstanceStatusChanged':
    case 'InstanceDeregistered':
    case 'InstanceConnectionChanged':
    case 'InstanceLost':
    case 'InstanceRecovered':
    case 'InstanceAttributesSet':
    case 'InstanceTagsSet':
    case 'TasksPlaced':
      return { kind: 'instance', cluster: event.cluster, instance: event.instance };
    case 'TaskStopRequested':
    case 'TaskDrained':
    case 'TaskProgressed':
    case 'TaskStopped':
    case 'TasksGivenUp':
    case 'TaskTagsSet':
    case 'TaskProtectionSet':
      return { kind: 'task', cluster: event.cluster, instance: event.instance };
    case 'ServiceCreated':
    case 'ServiceUpdated':
    case 'DaemonResized':
    case 'DeploymentStarted':
    case 'ServiceStepTaken':
    case 'DeploymentCompleted':
    case 'DeploymentFailed':
    case 'SteadyStateReached':
    case 'ServiceMessagesRecorded':
    case 'ServiceDeletionRequested':
    case 'ServiceDeleted':
    case 'ServiceTagsSet':
      return { kind: 'service', cluster: event.cluster, service: event.service };
    case 'TaskDefinitionRegistered':
    case 'TaskDefinitionDeregistered':
    case 'TaskDefinitionDeletionRequested':
    case 'TaskDefinitionDeleted':
    case 'TaskDefinitionTagsSet':
      return { kind: 'task-definition', family: event.family };
    case 'AccountSettingPut':
    case 'AccountSettingDeleted':
      return { kind: 'account-settings' };
    case 'PrincipalCreated':
      return { kind: 'principal', name: event.name };
    case 'AccessKeyCreated':
    case 'AccessKeyDeleted':
      return { kind: 'principal', name: event.principal };
    case 'JoinTokenCreated':
    case 'JoinTokenUsed':
      return { kind: 'join-token', token: event.token };
  }
}

/** Whether it is one of a service's own. */
export const isServiceEvent = (event: DomainEvent): event is ServiceEvent => aggregateOf(event).kind === 'service';

/** What the journal adds to an event: the same for all events of a transaction but for `sequence`. */
export interface EventMeta {
  /** The stream sequence: the one order of everything. */
  readonly sequence: number;
  /** When its writer committed it. */
  readonly at: EpochMs;
  readonly transaction: TransactionId;
  /** ARN of the principal, or `service:<app>` for what Stowage decided itself. */
  readonly actor: string;
  /** The id of the request, or what else led to it. */
  readonly cause: string;
}
