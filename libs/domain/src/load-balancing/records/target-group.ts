import type * as Ecs from '../../ecs/shapes';
import type { ClusterName, EpochMs, TaskId } from '../../ids';

/** What targets speak. HTTP and HTTPS: for application load balancers, the others for network ones. */
export type TargetProtocol = 'HTTP' | 'HTTPS' | 'TCP' | 'TLS';

/** Names are unique while they are in use; after a deletion the same name is another group, with another id. */
export interface TargetGroup {
  readonly name: string;
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly targetType: 'instance' | 'ip';
  readonly protocol: TargetProtocol;
  /** Of HTTP and HTTPS. */
  readonly protocolVersion?: 'HTTP1' | 'HTTP2' | 'GRPC';
  /** Of targets that are registered without one. */
  readonly port: number;
  /** Kept and shown; it means nothing here. */
  readonly vpcId?: string;
  readonly healthCheck: HealthCheck;
  /** Those that are not as they are by default. */
  readonly attributes: Readonly<Record<string, string>>;
  /** In the order in which they were registered; unique by id and port. */
  readonly targets: readonly Target[];
  readonly tags: readonly Ecs.Tag[];
  readonly createdAt: EpochMs;
}

export interface HealthCheck {
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP';
  /** A number in text, or `traffic-port`: the target's own. */
  readonly port: string;
  /** Of HTTP and HTTPS. */
  readonly path?: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** Codes that mean healthy, such as `200`, `200,202` or `200-299`. Of HTTP and HTTPS. */
  readonly matcher?: { readonly httpCode: string } | { readonly grpcCode: string };
}

/** What a target is known by in its group. */
export interface TargetKey {
  /** The EC2 instance id of a container instance, or an address, as the group's target type says. */
  readonly id: string;
  readonly port: number;
}

/** A target as it is registered. */
export interface TargetRegistration extends TargetKey {
  /** Where to connect: of a container instance the address that its ports are bound on, else the id itself. */
  readonly address: string;
  readonly availabilityZone?: string;
  /** Whose it is when a service registered it, not a user: it is deregistered before that task stops. */
  readonly task?: TaskOfTarget;
}

export interface TaskOfTarget {
  readonly cluster: ClusterName;
  readonly service: string;
  readonly task: TaskId;
  readonly container: string;
  readonly containerPort: number;
}

/** A target with what the data plane found out about it. */
export interface Target extends TargetRegistration {
  readonly health: TargetHealth;
  readonly registeredAt: EpochMs;
  /** Of one that is draining: when it is taken out even if connections are left. */
  readonly drainUntil?: EpochMs;
}

/** ELB's words (ecs-api 6.4). `unused` is never recorded: it follows from the listeners that there are. */
export interface TargetHealth {
  readonly state: 'initial' | 'healthy' | 'unhealthy' | 'draining' | 'unavailable';
  readonly reason?: TargetHealthReason;
  readonly description?: string;
}

export type TargetHealthReason =
  | 'Elb.RegistrationInProgress'
  | 'Elb.InitialHealthChecking'
  | 'Elb.InternalError'
  | 'Target.ResponseCodeMismatch'
  | 'Target.Timeout'
  | 'Target.FailedHealthChecks'
  | 'Target.DeregistrationInProgress'
  | 'Target.HealthCheckDisabled';

interface OfTargetGroup {
  readonly version: 1;
  readonly targetGroup: string;
}

export interface TargetGroupCreated extends OfTargetGroup {
  readonly type: 'TargetGroupCreated';
  readonly id: string;
  readonly targetType: TargetGroup['targetType'];
  readonly protocol: TargetProtocol;
  readonly protocolVersion?: NonNullable<TargetGroup['protocolVersion']>;
  readonly port: number;
  readonly vpcId?: string;
  readonly healthCheck: HealthCheck;
  readonly tags: readonly Ecs.Tag[];
}

/** What is there is complete; what is absent is unchanged. */
export interface TargetGroupUpdated extends OfTargetGroup {
  readonly type: 'TargetGroupUpdated';
  readonly healthCheck?: HealthCheck;
  readonly attributes?: Readonly<Record<string, string>>;
}

export interface TargetGroupDeleted extends OfTargetGroup {
  readonly type: 'TargetGroupDeleted';
}

export interface TargetGroupTagsSet extends OfTargetGroup {
  readonly type: 'TargetGroupTagsSet';
  readonly tags: readonly Ecs.Tag[];
}

/** New targets; one that was draining is live again, as it is registered now. */
export interface TargetsRegistered extends OfTargetGroup {
  readonly type: 'TargetsRegistered';
  readonly targets: readonly TargetRegistration[];
}

/** No new connection goes there; those that are open may end by themselves until `drainUntil`. */
export interface TargetsDeregistered extends OfTargetGroup {
  readonly type: 'TargetsDeregistered';
  readonly targets: readonly TargetKey[];
  readonly drainUntil: EpochMs;
}

/** No connection is left, or the time is over: they are targets no more. */
export interface TargetsDrained extends OfTargetGroup {
  readonly type: 'TargetsDrained';
  readonly targets: readonly TargetKey[];
}

/** Each as it is from now on. One that is draining stays so. */
export interface TargetHealthChanged extends OfTargetGroup {
  readonly type: 'TargetHealthChanged';
  readonly targets: readonly ChangedTarget[];
}

/** `task`: the task that the target is of, when a service registered it. Absent in events of earlier versions. */
export interface ChangedTarget extends TargetKey {
  readonly health: TargetHealth;
  readonly task?: TaskId;
}

export type TargetGroupEvent =
  | TargetGroupCreated
  | TargetGroupUpdated
  | TargetGroupDeleted
  | TargetGroupTagsSet
  | TargetsRegistered
  | TargetsDeregistered
  | TargetsDrained
  | TargetHealthChanged;

/** A target's key as text, unique in its group. */
export const targetKey = ({ id, port }: TargetKey): string => `${id}:${String(port)}`;
