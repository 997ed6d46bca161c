import type { Scope } from '../arns';
import type { EpochMs, JournalId, TransactionId } from '../ids';
import { invariant } from '../invariant';
import { type Aggregate, EVENT_RECORDS, type EventKind, type EventOf } from './records';

/** The journal's first event, with its id and format, on `journal.meta`. */
export interface JournalOpened {
  readonly type: 'JournalOpened';
  readonly version: 1;
  readonly journal: JournalId;
  readonly format: 1;
  /** Absent in journals of earlier versions. */
  readonly scope?: Scope;
}

/** All events of the journal. Their names are in the past tense, and the meaning of a written event never changes. */
export type DomainEvent = JournalOpened | EventOf<EventKind>;

/**
 * Required content of a row of {@link EVENTS}. The compiler checks the version and the kind against the event's
 * interface.
 */
type EventRows = {
  readonly [Type in DomainEvent['type']]: {
    /** The version that is currently written. `libs/journal/src/upcasters.ts` converts older ones. */
    readonly version: Extract<DomainEvent, { readonly type: Type }>['version'];
    readonly record: KindOf<Type>;
  };
};

type KindOf<Type> = Type extends 'JournalOpened'
  ? undefined
  : { [Kind in EventKind]: Type extends EventOf<Kind>['type'] ? Kind : never }[EventKind];

/**
 * All event types with their current version and their kind of record. Event types, versions, aggregates, the records
 * that an event touches and its application are derived from this table.
 */
export const EVENTS = {
  JournalOpened: { version: 1, record: undefined },
  ClusterCreated: { version: 1, record: 'cluster' },
  ClusterUpdated: { version: 1, record: 'cluster' },
  ClusterDeleted: { version: 1, record: 'cluster' },
  ClusterTagsSet: { version: 1, record: 'cluster' },
  InstanceRegistered: { version: 1, record: 'instance' },
  InstanceReregistered: { version: 1, record: 'instance' },
  InstanceStatusChanged: { version: 1, record: 'instance' },
  InstanceDeregistered: { version: 1, record: 'instance' },
  InstanceConnectionChanged: { version: 1, record: 'instance' },
  InstanceLost: { version: 1, record: 'instance' },
  InstanceRecovered: { version: 1, record: 'instance' },
  InstanceAttributesSet: { version: 1, record: 'instance' },
  InstanceTagsSet: { version: 1, record: 'instance' },
  TasksPlaced: { version: 1, record: 'instance' },
  TaskStopRequested: { version: 1, record: 'task' },
  TaskDrained: { version: 1, record: 'task' },
  TaskProgressed: { version: 1, record: 'task' },
  TaskStopped: { version: 1, record: 'task' },
  TasksGivenUp: { version: 1, record: 'task' },
  TaskTagsSet: { version: 1, record: 'task' },
  TaskProtectionSet: { version: 1, record: 'task' },
  ServiceCreated: { version: 1, record: 'service' },
  ServiceUpdated: { version: 1, record: 'service' },
  DaemonResized: { version: 1, record: 'service' },
  DeploymentStarted: { version: 1, record: 'service' },
  ServiceStepTaken: { version: 1, record: 'service' },
  DeploymentCompleted: { version: 1, record: 'service' },
  DeploymentFailed: { version: 1, record: 'service' },
  SteadyStateReached: { version: 1, record: 'service' },
  ServiceMessagesRecorded: { version: 1, record: 'service' },
  ServiceDeletionRequested: { version: 1, record: 'service' },
  ServiceDeleted: { version: 1, record: 'service' },
  ServiceTagsSet: { version: 1, record: 'service' },
  TaskDefinitionRegistered: { version: 1, record: 'task-definition' },
  TaskDefinitionDeregistered: { version: 1, record: 'task-definition' },
  TaskDefinitionDeletionRequested: { version: 1, record: 'task-definition' },
  TaskDefinitionDeleted: { version: 1, record: 'task-definition' },
  TaskDefinitionTagsSet: { version: 1, record: 'task-definition' },
  LoadBalancerCreated: { version: 1, record: 'load-balancer' },
  LoadBalancerUpdated: { version: 1, record: 'load-balancer' },
  LoadBalancerStateChanged: { version: 1, record: 'load-balancer' },
  LoadBalancerDeleted: { version: 1, record: 'load-balancer' },
  LoadBalancerTagsSet: { version: 1, record: 'load-balancer' },
  ListenerCreated: { version: 1, record: 'load-balancer' },
  ListenerUpdated: { version: 1, record: 'load-balancer' },
  ListenerDeleted: { version: 1, record: 'load-balancer' },
  RuleCreated: { version: 1, record: 'load-balancer' },
  RuleUpdated: { version: 1, record: 'load-balancer' },
  RuleDeleted: { version: 1, record: 'load-balancer' },
  RulePrioritiesSet: { version: 1, record: 'load-balancer' },
  TargetGroupCreated: { version: 1, record: 'target-group' },
  TargetGroupUpdated: { version: 1, record: 'target-group' },
  TargetGroupDeleted: { version: 1, record: 'target-group' },
  TargetGroupTagsSet: { version: 1, record: 'target-group' },
  TargetsRegistered: { version: 1, record: 'target-group' },
  TargetsDeregistered: { version: 1, record: 'target-group' },
  TargetsDrained: { version: 1, record: 'target-group' },
  TargetHealthChanged: { version: 1, record: 'target-group' },
  AccountSettingPut: { version: 1, record: 'account-settings' },
  AccountSettingDeleted: { version: 1, record: 'account-settings' },
  PrincipalCreated: { version: 1, record: 'principal' },
  AccessKeyCreated: { version: 1, record: 'principal' },
  AccessKeyDeleted: { version: 1, record: 'principal' },
  JoinTokenCreated: { version: 1, record: 'join-token' },
  JoinTokenUsed: { version: 1, record: 'join-token' },
} as const satisfies EventRows;

/** The types of all events, for readers that filter by type. */
export const EVENT_TYPES: ReadonlySet<string> = new Set(Object.keys(EVENTS));

/** Current version of each event type. */
export const CURRENT_VERSIONS: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(EVENTS).map(([type, { version }]) => [type, version]),
);

/** Returns true if an event belongs to this kind of record. */
export function isEventOf<Kind extends EventKind>(kind: Kind, event: DomainEvent): event is EventOf<Kind> {
  return EVENTS[event.type].record === kind;
}

/** Returns the aggregate to which an event is written. */
export function aggregateOf(event: DomainEvent): Aggregate {
  const { record } = EVENTS[event.type];
  if (record === undefined) return { kind: 'meta' };
  invariant(isEventOf(record, event), 'EVENTS names the kind of record of each event.');
  return aggregateOfKind(record, event);
}

function aggregateOfKind<Kind extends EventKind>(kind: Kind, event: EventOf<Kind>): Aggregate {
  const { subject } = EVENT_RECORDS[kind];
  const names = Object.entries(subject).map(([name, of]) => [name, of(event)]);
  // TypeScript needs this cast: these are the kind's names, by the type of its row.
  return { kind, ...Object.fromEntries(names) } as Aggregate;
}

/** Returns the names of an aggregate in the order of its subject's tokens. */
export function namesOf(aggregate: Aggregate): readonly string[] {
  if (aggregate.kind === 'meta') return [];
  const names: Readonly<Record<string, string>> = aggregate;
  return Object.keys(EVENT_RECORDS[aggregate.kind].subject).map((name) => names[name] ?? '');
}

/** Metadata that the journal adds to an event. All events of a transaction share it except `sequence`. */
export interface EventMeta {
  /** Sequence in the stream, which orders all events. */
  readonly sequence: number;
  /** Time of the commit, from the writer's clock. */
  readonly at: EpochMs;
  readonly transaction: TransactionId;
  /** ARN of the principal, or `service:<app>` for Stowage's own decisions. */
  readonly actor: string;
  /** Id of the request or other cause. */
  readonly cause: string;
}
