import {
  type AccountSettingEvent,
  type AccountSettings,
  evolveAccountSettings,
  evolveJoinToken,
  evolvePrincipal,
  type JoinToken,
  type JoinTokenEvent,
  type Principal,
  type PrincipalEvent,
} from '../account/records/account';
import { type Cluster, type ClusterEvent, evolveCluster } from '../cluster/records/cluster';
import type { ContainerInstance, InstanceEvent } from '../container-instance/records/container-instance';
import type { EpochMs } from '../ids';
import { evolveLoadBalancer } from '../load-balancing/records/evolve-load-balancer';
import type { LoadBalancer, LoadBalancerEvent } from '../load-balancing/records/load-balancer';
import type { TargetGroup, TargetGroupEvent } from '../load-balancing/records/target-group';
import { type Service, serviceKey } from '../service/records/service';
import { hasEnded, type ServiceDeployment } from '../service/records/service-deployment';
import type { ServiceEvent } from '../service/records/service-events';
import type { Task, TaskEvent } from '../task/records/task';
import {
  type FamilyNumbering,
  revisionKey,
  type TaskDefinition,
  type TaskDefinitionEvent,
} from '../task-definition/records/task-definition';

/**
 * All kinds of records. State, snapshots, projection and views of the past loop over this table, so a new kind needs
 * its type, one row here and one row in the read model's table of tables.
 *
 * The parameter types of `key` and `keysIn` declare the kind's record and events, from which all types below are
 * derived.
 */
const ROWS = {
  cluster: {
    key: ({ name }: Cluster) => name,
    keysIn: ({ cluster }: ClusterEvent) => [cluster],
    subject: { cluster: ({ cluster }: ClusterEvent) => cluster },
    evolve: evolveCluster,
  },
  instance: {
    key: ({ id }: ContainerInstance) => id,
    keysIn: ({ instance }: InstanceEvent) => [instance],
    subject: {
      cluster: ({ cluster }: InstanceEvent) => cluster,
      instance: ({ instance }: InstanceEvent) => instance,
    },
    // A deregistered instance stays until its last task has stopped.
    isOver: ({ status, runningTasksCount, pendingTasksCount }: ContainerInstance) =>
      status === 'INACTIVE' && runningTasksCount + pendingTasksCount === 0,
  },
  task: {
    key: ({ id }: Task) => id,
    keysIn: (event: TaskEvent) => (event.type === 'TasksGivenUp' ? event.tasks : [event.task]),
    subject: { cluster: ({ cluster }: TaskEvent) => cluster, instance: ({ instance }: TaskEvent) => instance },
    isOver: ({ lastStatus }: Task) => lastStatus === 'STOPPED',
  },
  service: {
    key: ({ cluster, name }: Service) => serviceKey(cluster, name),
    keysIn: ({ cluster, service }: ServiceEvent) => [serviceKey(cluster, service)],
    subject: { cluster: ({ cluster }: ServiceEvent) => cluster, service: ({ service }: ServiceEvent) => service },
    isOver: ({ status }: Service) => status === 'INACTIVE',
  },
  'service-deployment': {
    key: ({ id }: ServiceDeployment) => id,
    isOver: hasEnded,
  },
  'task-definition': {
    key: (revision: TaskDefinition) => revisionKey(revision),
    keysIn: (event: TaskDefinitionEvent) => [revisionKey(event)],
    subject: { family: ({ family }: TaskDefinitionEvent) => family },
    isDeletable: true,
  },
  'task-definition-family': {
    key: ({ family }: FamilyNumbering) => family,
  },
  'load-balancer': {
    key: ({ name }: LoadBalancer) => name,
    keysIn: ({ loadBalancer }: LoadBalancerEvent) => [loadBalancer],
    subject: { name: ({ loadBalancer }: LoadBalancerEvent) => loadBalancer },
    evolve: evolveLoadBalancer,
    isDeletable: true,
  },
  'target-group': {
    key: ({ name }: TargetGroup) => name,
    keysIn: ({ targetGroup }: TargetGroupEvent) => [targetGroup],
    subject: { name: ({ targetGroup }: TargetGroupEvent) => targetGroup },
    isDeletable: true,
  },
  'account-settings': {
    // A deployment of Stowage is one account, so there is one record.
    key: (_: AccountSettings) => 'account' as const,
    keysIn: (_: AccountSettingEvent) => ['account'] as const,
    subject: {},
    evolve: evolveAccountSettings,
  },
  principal: {
    key: ({ name }: Principal) => name,
    keysIn: (event: PrincipalEvent) => [principalIn(event)],
    subject: { name: principalIn },
    evolve: evolvePrincipal,
  },
  'join-token': {
    key: ({ id }: JoinToken) => id,
    keysIn: ({ token }: JoinTokenEvent) => [token],
    subject: { token: ({ token }: JoinTokenEvent) => token },
    evolve: evolveJoinToken,
  },
} as const;

function principalIn(event: PrincipalEvent): string {
  return event.type === 'PrincipalCreated' ? event.name : event.principal;
}

type Rows = typeof ROWS;
export type RecordKind = keyof Rows;
type RecordTypes = { readonly [Kind in RecordKind]: Parameters<Rows[Kind]['key']>[0] };
type KeyTypes = { readonly [Kind in RecordKind]: ReturnType<Rows[Kind]['key']> };
export type RecordOf<Kind extends RecordKind> = RecordTypes[Kind];
export type KeyOf<Kind extends RecordKind> = KeyTypes[Kind];

/** Kinds with their own events. Records of other kinds change with events of another kind. */
export type EventKind = { [Kind in RecordKind]: 'keysIn' extends keyof Rows[Kind] ? Kind : never }[RecordKind];
type EventTypes = { readonly [Kind in EventKind]: Parameters<Rows[Kind]['keysIn']>[0] };
export type EventOf<Kind extends EventKind> = EventTypes[Kind];

/** Kinds whose events each change one record and nothing else, so that `evolve` is enough to apply them. */
export type EvolvingKind = { [Kind in EventKind]: 'evolve' extends keyof Rows[Kind] ? Kind : never }[EventKind];

/**
 * The aggregate to which an event is written. Each has one NATS subject, spelled only in
 * `libs/journal/src/subjects.ts`.
 */
export type Aggregate =
  | { readonly kind: 'meta' }
  | {
      readonly [Kind in EventKind]: { readonly kind: Kind } & {
        readonly [Name in keyof Rows[Kind]['subject']]: string;
      };
    }[EventKind];

/** Description of a kind of record for the state, its stores and its readers. */
export interface RecordRow<Kind extends RecordKind> {
  readonly key: (record: RecordOf<Kind>) => KeyOf<Kind>;
  /**
   * Returns true for a record that is over. It is put one last time; then the state removes it, while a store with
   * history keeps it.
   */
  readonly isOver?: (record: RecordOf<Kind>) => boolean;
  /** True if an event can delete a record completely, even from stores with history. */
  readonly isDeletable?: boolean;
}

/** A row of a kind with its own events. */
export interface EventRow<Kind extends EventKind> extends RecordRow<Kind> {
  /** Returns the keys of the records of this kind that an event changes. */
  readonly keysIn: (event: EventOf<Kind>) => readonly KeyOf<Kind>[];
  /** Returns the names in the subject of an event, in the order of the subject's tokens. */
  readonly subject: Readonly<Record<string, (event: EventOf<Kind>) => string>>;
}

/** A row of a kind whose events need only `evolve`. */
export interface EvolvingRow<Kind extends EvolvingKind> extends EventRow<Kind> {
  /** Returns the record after the event, or undefined if it does not exist or was deleted. */
  readonly evolve: (
    record: RecordOf<Kind> | undefined,
    event: EventOf<Kind>,
    at: EpochMs,
  ) => RecordOf<Kind> | undefined;
}

export const RECORDS: { readonly [Kind in RecordKind]: RecordRow<Kind> } = ROWS;
export const EVENT_RECORDS: { readonly [Kind in EventKind]: EventRow<Kind> } = ROWS;
export const EVOLVING_RECORDS: { readonly [Kind in EvolvingKind]: EvolvingRow<Kind> } = ROWS;

// Two casts are needed: TypeScript widens the keys of an object to strings, and cannot tie the result of `make` to the
// kind.
export const RECORD_KINDS = Object.keys(ROWS) as readonly RecordKind[];

/**
 * Returns an object with one value for each kind of record. `make` must return the type that `Values` has for the kind.
 */
export function perKind<Values extends { readonly [Kind in RecordKind]: unknown }>(
  make: (kind: RecordKind) => Values[RecordKind],
): Values {
  return Object.fromEntries(RECORD_KINDS.map((kind) => [kind, make(kind)])) as Values;
}
