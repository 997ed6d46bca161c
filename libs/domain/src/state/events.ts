import type { Scope } from '../arns';
import type { EpochMs, JournalId, TransactionId } from '../ids';
import { invariant } from '../invariant';
import { type Aggregate, EVENT_RECORDS, type EventKind, type EventOf } from './records';

/** The journal's first event: its id and format, on `journal.meta`. */
export interface JournalOpened {
  readonly type: 'JournalOpened';
  readonly version: 1;
  readonly journal: JournalId;
  readonly format: 1;
  /** Absent in journals of earlier versions. */
  readonly scope?: Scope;
}

/** Every fact that can be in the journal. Past tense; once written, an event's meaning never changes. */
export type DomainEvent = JournalOpened | EventOf<EventKind>;

/** What a row of {@link EVENTS} must say of its type: the compiler checks both against the event's interface. */
type EventRows = {
  readonly [Type in DomainEvent['type']]: {
    /** The version that is written today; older ones are lifted to it by `libs/journal/src/upcasters.ts`. */
    readonly version: Extract<DomainEvent, { readonly type: Type }>['version'];
    readonly record: KindOf<Type>;
  };
};

type KindOf<Type> = Type extends 'JournalOpened'
  ? undefined
  : { [Kind in EventKind]: Type extends EventOf<Kind>['type'] ? Kind : never }[EventKind];

/**
 * Every type of event: its current version, and the kind of record that it is about. Event types, versions, aggregates,
 * the records that an event touches and how it is applied follow from it.
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

/** The types of all events, for readers that choose by type. */
export const EVENT_TYPES: ReadonlySet<string> = new Set(Object.keys(EVENTS));

/** The version of each type of event that is written today. */
export const CURRENT_VERSIONS: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(EVENTS).map(([type, { version }]) => [type, version]),
);

/** Whether an event is about a record of this kind. */
export function isEventOf<Kind extends EventKind>(kind: Kind, event: DomainEvent): event is EventOf<Kind> {
  return EVENTS[event.type].record === kind;
}

/** The aggregate that an event is written to. */
export function aggregateOf(event: DomainEvent): Aggregate {
  const { record } = EVENTS[event.type];
  if (record === undefined) return { kind: 'meta' };
  invariant(isEventOf(record, event), 'EVENTS names the kind of record of each event.');
  return aggregateOfKind(record, event);
}

function aggregateOfKind<Kind extends EventKind>(kind: Kind, event: EventOf<Kind>): Aggregate {
  const { subject } = EVENT_RECORDS[kind];
  const names = Object.entries(subject).map(([name, of]) => [name, of(event)]);
  // The cast that TypeScript needs: these are the kind's names, by the type of its row.
  return { kind, ...Object.fromEntries(names) } as Aggregate;
}

/** The names of an aggregate in the order of its subject's tokens. */
export function namesOf(aggregate: Aggregate): readonly string[] {
  if (aggregate.kind === 'meta') return [];
  const names: Readonly<Record<string, string>> = aggregate;
  return Object.keys(EVENT_RECORDS[aggregate.kind].subject).map((name) => names[name] ?? '');
}

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
