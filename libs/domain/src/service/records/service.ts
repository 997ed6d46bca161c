import type * as Ecs from '../../ecs/shapes';
import type { ClusterName, EpochMs } from '../../ids';
import type { TaskDefinitionRef } from '../../task-definition/records/task-definition';
import type { MessageKind, ServiceMessage } from './messages';

/** `<cluster>/<service>`, which is unique over all clusters. */
export type ServiceKey = string & { readonly __serviceKey: true };

export const serviceKey = (cluster: string, service: string): ServiceKey => `${cluster}/${service}` as ServiceKey;

/**
 * Configuration that a deployment applies to the service's tasks. A change creates a new revision; only `imageDigests`
 * is set later.
 */
export interface ServiceRevision {
  /** 19 digits. */
  readonly id: string;
  readonly taskDefinition: TaskDefinitionRef;
  readonly launchType: 'EC2' | 'EXTERNAL';
  /** Target groups in which its tasks are registered. Absent: none. */
  readonly loadBalancers?: readonly ServiceLoadBalancer[];
  /**
   * Digest of each container's image as the first task ran it, from the agent's report. Later tasks run this image even
   * if the tag has moved, unless `versionConsistency` of the container is disabled.
   */
  readonly imageDigests?: Readonly<Record<string, string>>;
  readonly createdAt: EpochMs;
}

/** A container's port that is registered as a target for every task of the service. */
export interface ServiceLoadBalancer {
  readonly targetGroupArn: string;
  readonly containerName: string;
  readonly containerPort: number;
}

export type RolloutState = 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';

/**
 * A deployment that is the newest one (PRIMARY) or still has tasks (ACTIVE). Other deployments are removed from the
 * service. The counters are derived from task events, so that an agent's report is written only once.
 */
export interface Deployment {
  /** `ecs-svc/<19 digits>`, which is also the `startedBy` of its tasks. */
  readonly id: string;
  readonly status: 'PRIMARY' | 'ACTIVE';
  readonly revision: ServiceRevision;
  /** The service deployment that it belongs to. */
  readonly serviceDeployment: string;
  readonly rolloutState: RolloutState;
  readonly rolloutStateReason: string;
  readonly pendingCount: number;
  readonly runningCount: number;
  /** Number of tasks without a stop request, which is the desired count of a deployment that is not PRIMARY. */
  readonly wantedCount: number;
  /** Failure count of the circuit breaker (ecs-api 5.8.3). */
  readonly failedTasks: number;
  /** True if one of its tasks has been RUNNING. Before that, tasks that never reach RUNNING count for the breaker. */
  readonly hasStarted: boolean;
  /** Reason of the last failed task. */
  readonly lastFailure?: string | undefined;
  readonly launches: LaunchFailures;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
}

/**
 * Number of generations with tasks that failed before they were healthy. Tasks that fail together count once (ecs-api
 * 5.8.4).
 */
export interface LaunchFailures {
  readonly generations: number;
  /**
   * Time at which the newest generation's first task failed. Tasks that are placed later belong to the next generation.
   */
  readonly generationAt?: EpochMs;
  readonly lastAt?: EpochMs;
}

export const NO_LAUNCH_FAILURES: LaunchFailures = { generations: 0 };

/** ECS's deploymentConfiguration with its defaults. */
export interface RollingConfiguration {
  readonly maximumPercent: number;
  readonly minimumHealthyPercent: number;
  readonly deploymentCircuitBreaker: Ecs.DeploymentCircuitBreaker;
}

/** Settings that a user can change without a new deployment. */
export interface ServiceSettings {
  readonly deploymentConfiguration: RollingConfiguration;
  readonly placementConstraints: readonly Ecs.PlacementConstraint[];
  readonly placementStrategy: readonly Ecs.PlacementStrategy[];
  readonly availabilityZoneRebalancing: 'ENABLED' | 'DISABLED';
  readonly enableECSManagedTags: boolean;
  readonly propagateTags: 'TASK_DEFINITION' | 'SERVICE' | 'NONE';
  /** Time after a task's start during which unhealthy results are ignored. Present for services with load balancers. */
  readonly healthCheckGracePeriodSeconds?: number;
}

/** State of one service. */
export interface Service extends ServiceSettings {
  readonly cluster: ClusterName;
  readonly name: string;
  /** DRAINING: deleted, and tasks are still stopping. Only the history has INACTIVE services. */
  readonly status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  readonly schedulingStrategy: 'REPLICA' | 'DAEMON';
  /** For a DAEMON service: the number of instances that need a task. */
  readonly desiredCount: number;
  readonly tags: readonly Ecs.Tag[];
  readonly createdAt: EpochMs;
  /** ARN of the principal. */
  readonly createdBy: string;
  /**
   * Name or ARN of the role that CreateService named for the load balancer. It is kept and displayed but never assumed.
   */
  readonly role?: string;
  /** Newest first. The first one is PRIMARY. */
  readonly deployments: readonly Deployment[];
  /** Revision of the last COMPLETED deployment, which is the target of a rollback. */
  readonly lastCompleted?: ServiceRevision;
  /** Time of the last steady-state event. Absent since the last step. */
  readonly steadyAt?: EpochMs | undefined;
  /** Last message of each kind, so that no message is sent twice. */
  readonly lastSent: Readonly<Partial<Record<MessageKind, { readonly text: string; readonly at: EpochMs }>>>;
  /** Newest first, at most `SERVICE_EVENTS_MAX`. The journal contains all of them. */
  readonly events: readonly SentMessage[];
}

/** A service event as readers receive it. */
export interface SentMessage extends ServiceMessage {
  readonly at: EpochMs;
}

/** Largest number of service events in a record (ecs-api 4.3). */
export const SERVICE_EVENTS_MAX = 100;

/** Returns the PRIMARY deployment, which an INACTIVE service keeps. Undefined only for records of earlier versions. */
export const primaryOf = (service: Service): Deployment | undefined =>
  service.deployments.find(({ status }) => status === 'PRIMARY');

/** Counters over all deployments. */
export function taskCountsOf(service: Service): { readonly pending: number; readonly running: number } {
  let [pending, running] = [0, 0];
  for (const { pendingCount, runningCount } of service.deployments) {
    pending += pendingCount;
    running += runningCount;
  }
  return { pending, running };
}

/**
 * Returns the revisions from which tasks of the service may still be started: those of its deployments, and the
 * rollback target.
 */
export function revisionsOf({ deployments, lastCompleted }: Service): readonly ServiceRevision[] {
  return [...deployments.map(({ revision }) => revision), ...(lastCompleted ? [lastCompleted] : [])];
}
