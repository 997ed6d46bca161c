import type * as Ecs from '../../ecs/shapes';
import type { ClusterName, EpochMs } from '../../ids';
import type { TaskDefinitionRef } from '../../task-definition/records/task-definition';
import type { MessageKind, ServiceMessage } from './messages';

/** `<cluster>/<service>`: unique over all clusters. */
export type ServiceKey = string & { readonly __serviceKey: true };

export const serviceKey = (cluster: string, service: string): ServiceKey => `${cluster}/${service}` as ServiceKey;

/**
 * What a deployment brings to the service's tasks. A change of the service makes a new one; only `imageDigests` comes
 * later.
 */
export interface ServiceRevision {
  /** 19 digits. */
  readonly id: string;
  readonly taskDefinition: TaskDefinitionRef;
  readonly launchType: 'EC2' | 'EXTERNAL';
  /** Target groups that its tasks are registered in; absent: none. */
  readonly loadBalancers?: readonly ServiceLoadBalancer[];
  /**
   * The digest of each container's image as the first task ran it, once an agent has reported it. Later tasks run that
   * image, wherever the tag points by then, unless the container's `versionConsistency` is disabled.
   */
  readonly imageDigests?: Readonly<Record<string, string>>;
  readonly createdAt: EpochMs;
}

/** A container's port as a target, of every task of the service. */
export interface ServiceLoadBalancer {
  readonly targetGroupArn: string;
  readonly containerName: string;
  readonly containerPort: number;
}

export type RolloutState = 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';

/**
 * A deployment that is the newest one (PRIMARY) or still has tasks (ACTIVE); one without tasks leaves the service. The
 * counters follow from its tasks' events, so that no report of an agent ever has to be written twice.
 */
export interface Deployment {
  /** `ecs-svc/<19 digits>`; tasks bear it as `startedBy`. */
  readonly id: string;
  readonly status: 'PRIMARY' | 'ACTIVE';
  readonly revision: ServiceRevision;
  /** The service deployment that it is part of. */
  readonly serviceDeployment: string;
  readonly rolloutState: RolloutState;
  readonly rolloutStateReason: string;
  readonly pendingCount: number;
  readonly runningCount: number;
  /** Tasks that nobody has decided to stop: the desired count of a deployment that is not the PRIMARY one. */
  readonly wantedCount: number;
  /** The circuit breaker's count (ecs-api 5.8.3). */
  readonly failedTasks: number;
  /** Whether a task of it has been RUNNING: tasks that never get there count for the breaker only until one has. */
  readonly hasStarted: boolean;
  /** Why the last task that failed did so. */
  readonly lastFailure?: string;
  readonly launches: LaunchFailures;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
}

/** Tasks that failed before they were healthy, by generations: those that failed together count once (ecs-api 5.8.4). */
export interface LaunchFailures {
  readonly generations: number;
  /** When the newest generation's first task failed; tasks placed later are the next generation. */
  readonly generationAt?: EpochMs;
  readonly lastAt?: EpochMs;
}

export const NO_LAUNCH_FAILURES: LaunchFailures = { generations: 0 };

/** As ECS's, with its defaults filled in. */
export interface RollingConfiguration {
  readonly maximumPercent: number;
  readonly minimumHealthyPercent: number;
  readonly deploymentCircuitBreaker: Ecs.DeploymentCircuitBreaker;
}

/** What a user sets and may change without a new deployment. */
export interface ServiceSettings {
  readonly deploymentConfiguration: RollingConfiguration;
  readonly placementConstraints: readonly Ecs.PlacementConstraint[];
  readonly placementStrategy: readonly Ecs.PlacementStrategy[];
  readonly availabilityZoneRebalancing: 'ENABLED' | 'DISABLED';
  readonly enableECSManagedTags: boolean;
  readonly propagateTags: 'TASK_DEFINITION' | 'SERVICE' | 'NONE';
  /** How long after it started bad health is not held against a task. Of services with load balancers. */
  readonly healthCheckGracePeriodSeconds?: number;
}

/** What is folded of one service. */
export interface Service extends ServiceSettings {
  readonly cluster: ClusterName;
  readonly name: string;
  /** DRAINING: deleted, tasks are still stopping. INACTIVE ones are for history only. */
  readonly status: 'ACTIVE' | 'DRAINING' | 'INACTIVE';
  readonly schedulingStrategy: 'REPLICA' | 'DAEMON';
  /** Of a DAEMON service: the instances that it belongs on. */
  readonly desiredCount: number;
  readonly tags: readonly Ecs.Tag[];
  readonly createdAt: EpochMs;
  /** ARN of the principal. */
  readonly createdBy: string;
  /** Name or ARN of the role that CreateService named for the load balancer. Kept and shown; nothing assumes it. */
  readonly role?: string;
  /** Newest first, the first is the PRIMARY one. */
  readonly deployments: readonly Deployment[];
  /** What the last COMPLETED deployment brought: what a failed one is rolled back to. */
  readonly lastCompleted?: ServiceRevision;
  /** When it last said that it is steady; absent since the last step. */
  readonly steadyAt?: EpochMs;
  /** What was said last of each kind, so that nothing is said twice. */
  readonly told: Readonly<Partial<Record<MessageKind, { readonly text: string; readonly at: EpochMs }>>>;
  /** Newest first, at most `SERVICE_EVENTS_MAX`. All of them are in the journal. */
  readonly events: readonly ToldMessage[];
}

/** A service event as readers get it. */
export interface ToldMessage extends ServiceMessage {
  readonly at: EpochMs;
}

/** Service events that a record keeps (ecs-api 4.3). */
export const SERVICE_EVENTS_MAX = 100;

/** The deployment that everything moves to; an INACTIVE service keeps it. None only in records of earlier versions. */
export const primaryOf = (service: Service): Deployment | undefined =>
  service.deployments.find(({ status }) => status === 'PRIMARY');

/** Over all deployments. */
export function taskCountsOf(service: Service): { readonly pending: number; readonly running: number } {
  let [pending, running] = [0, 0];
  for (const { pendingCount, runningCount } of service.deployments) {
    pending += pendingCount;
    running += runningCount;
  }
  return { pending, running };
}

/** The revisions that tasks of the service may still be started from: its deployments', and what a rollback goes back to. */
export function revisionsOf({ deployments, lastCompleted }: Service): readonly ServiceRevision[] {
  return [...deployments.map(({ revision }) => revision), ...(lastCompleted ? [lastCompleted] : [])];
}
