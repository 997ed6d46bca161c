import type * as Ecs from '../../ecs/shapes';
import type { ClusterName, EpochMs, TaskId } from '../../ids';

/**
 * Protocol of the targets. HTTP and HTTPS are for application load balancers, the others for network load balancers.
 */
export type TargetProtocol = 'HTTP' | 'HTTPS' | 'TCP' | 'TLS';

/** Unique among existing groups. After a deletion, the same name belongs to another group with another id. */
export interface TargetGroup {
  readonly name: string;
  /** 16 hexadecimal digits. */
  readonly id: string;
  readonly targetType: 'instance' | 'ip';
  readonly protocol: TargetProtocol;
  /** Present for HTTP and HTTPS. */
  readonly protocolVersion?: 'HTTP1' | 'HTTP2' | 'GRPC';
  /** Default port of targets that are registered without one. */
  readonly port: number;
  /** Kept and displayed, without effect. */
  readonly vpcId?: string;
  readonly healthCheck: HealthCheck;
  /** Attributes that differ from their defaults. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Ordered by registration. Unique by id and port. */
  readonly targets: readonly Target[];
  readonly tags: readonly Ecs.Tag[];
  readonly createdAt: EpochMs;
}

export interface HealthCheck {
  readonly protocol: 'HTTP' | 'HTTPS' | 'TCP';
  /** A number as text, or `traffic-port`, which is the target's own port. */
  readonly port: string;
  /** Present for HTTP and HTTPS. */
  readonly path?: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** Codes of a healthy response, such as `200`, `200,202` or `200-299`. Present for HTTP and HTTPS. */
  readonly matcher?: { readonly httpCode: string } | { readonly grpcCode: string };
}

/** The identity of a target in its group. */
export interface TargetKey {
  /** EC2 instance id of a container instance, or an address, depending on the group's target type. */
  readonly id: string;
  readonly port: number;
}

/** A target at its registration. */
export interface TargetRegistration extends TargetKey {
  /** Address for connections: the address to which a container instance binds its ports, or the id itself. */
  readonly address: string;
  readonly availabilityZone?: string;
  /** The task, if a service and not a user registered the target. The target is deregistered before that task stops. */
  readonly task?: TaskOfTarget;
}

export interface TaskOfTarget {
  readonly cluster: ClusterName;
  readonly service: string;
  readonly task: TaskId;
  readonly container: string;
  readonly containerPort: number;
}

/** A target with its health from the data plane. */
export interface Target extends TargetRegistration {
  readonly health: TargetHealth;
  readonly registeredAt: EpochMs;
  /** Present for a draining target: the time at which it is removed even if connections are left. */
  readonly drainUntil?: EpochMs;
}

/**
 * Health in ELB's terms (ecs-api 6.4). `unused` is never recorded, because readers derive it from the existing
 * listeners.
 */
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

/** Given members are complete, absent ones are unchanged. */
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

/** New targets. A draining one becomes active again with its new registration. */
export interface TargetsRegistered extends OfTargetGroup {
  readonly type: 'TargetsRegistered';
  readonly targets: readonly TargetRegistration[];
}

/** The targets receive no new connections. Open connections can finish until `drainUntil`. */
export interface TargetsDeregistered extends OfTargetGroup {
  readonly type: 'TargetsDeregistered';
  readonly targets: readonly TargetKey[];
  readonly drainUntil: EpochMs;
}

/** No connection is left, or the time is over: the targets are removed. */
export interface TargetsDrained extends OfTargetGroup {
  readonly type: 'TargetsDrained';
  readonly targets: readonly TargetKey[];
}

/** New health of each target. A draining target stays draining. */
export interface TargetHealthChanged extends OfTargetGroup {
  readonly type: 'TargetHealthChanged';
  readonly targets: readonly ChangedTarget[];
}

/** `task`: the task of the target, if a service registered it. Absent in events of earlier versions. */
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

/** Returns a target's key as text, unique in its group. */
export const targetKey = ({ id, port }: TargetKey): string => `${id}:${String(port)}`;
