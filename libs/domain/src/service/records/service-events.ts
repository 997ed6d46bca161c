import type * as Ecs from '../../ecs/shapes';
import type { ClusterName, TaskId } from '../../ids';
import { type ServiceMessage, withReason } from './messages';
import type { ServiceRevision, ServiceSettings } from './service';

interface OnService {
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly service: string;
}

/**
 * CreateService. The first `DeploymentStarted` is in the same transaction. A service that was INACTIVE keeps none of
 * its previous state.
 */
export interface ServiceCreated extends OnService {
  readonly type: 'ServiceCreated';
  readonly settings: ServiceSettings;
  readonly schedulingStrategy: 'REPLICA' | 'DAEMON';
  readonly desiredCount: number;
  readonly tags: readonly Ecs.Tag[];
  readonly createdBy: string;
  /** Absent in events from before roles were accepted. */
  readonly role?: string;
}

/** UpdateService, except for changes that start a deployment. Absent members are unchanged. */
export interface ServiceUpdated extends OnService {
  readonly type: 'ServiceUpdated';
  readonly changes: Partial<ServiceSettings> & { readonly desiredCount?: number };
}

/** New number of instances that need a task of a DAEMON service. */
export interface DaemonResized extends OnService {
  readonly type: 'DaemonResized';
  readonly desiredCount: number;
}

/** Makes this deployment PRIMARY. A rollback may name an existing deployment, which then keeps its tasks. */
export interface DeploymentStarted extends OnService {
  readonly type: 'DeploymentStarted';
  readonly deployment: string;
  readonly revision: Omit<ServiceRevision, 'createdAt'>;
  /** Present for a rollback: the failed service deployment, which continues with the old revision. */
  readonly serviceDeployment: string;
  readonly reason: 'created' | 'updated' | 'forced' | 'rollback' | 'rollback-requested';
  /** Service deployment in progress that this one replaces. It becomes STOPPED. */
  readonly replaces?: string;
  readonly messages: readonly ServiceMessage[];
}

/** Reason for which a step stops a task. */
export type StopReason = 'scale-in' | 'deployment' | 'unhealthy' | 'draining' | 'no-longer-matching' | 'deleted';

export interface StoppedByStep {
  readonly task: TaskId;
  readonly deployment: string;
  readonly reason: StopReason;
}

/**
 * One step towards the desired state. It is in the same transaction as its placements or stop requests, so that
 * concurrent writers, such as two controllers or a controller and a user, detect each other's changes.
 */
export interface ServiceStepTaken extends OnService {
  readonly type: 'ServiceStepTaken';
  readonly deployment: string;
  readonly started: readonly TaskId[];
  readonly stopped: readonly StoppedByStep[];
  /** Journal position of the state on which the step was decided. */
  readonly decidedAt: number;
  readonly messages: readonly ServiceMessage[];
}

/** All tasks of the PRIMARY deployment are running and healthy, and other deployments have none. */
export interface DeploymentCompleted extends OnService {
  readonly type: 'DeploymentCompleted';
  readonly deployment: string;
  readonly serviceDeployment: string;
  readonly messages: readonly ServiceMessage[];
}

/** Returns the reason of a failed deployment: ECS's sentence with the reason of its last failed task. */
export const breakerReason = ({ cause }: Pick<DeploymentFailed, 'cause'>): string =>
  withReason('ECS deployment circuit breaker: tasks failed to start.', cause);

/**
 * The circuit breaker or a user ended the deployment. The `DeploymentStarted` of a rollback follows immediately, or
 * never.
 */
export interface DeploymentFailed extends OnService {
  readonly type: 'DeploymentFailed';
  readonly deployment: string;
  readonly serviceDeployment: string;
  readonly reason: 'circuit-breaker' | 'stop-requested';
  readonly failedTasks: number;
  /** Failure count of the circuit breaker at that time. */
  readonly threshold?: number;
  readonly rollback: boolean;
  /** Reason of the last failed task, from the circuit breaker. Absent in events of earlier versions. */
  readonly cause?: string;
  readonly messages: readonly ServiceMessage[];
}

/** Counts match, tasks are healthy, and no deployment is in progress. Repeated periodically while this is so. */
export interface SteadyStateReached extends OnService {
  readonly type: 'SteadyStateReached';
  readonly messages: readonly ServiceMessage[];
}

/** Carries service events without a step. */
export interface ServiceMessagesRecorded extends OnService {
  readonly type: 'ServiceMessagesRecorded';
  readonly messages: readonly ServiceMessage[];
}

/** DeleteService: the service is DRAINING until the last task has stopped. */
export interface ServiceDeletionRequested extends OnService {
  readonly type: 'ServiceDeletionRequested';
  /** Service deployment in progress, which becomes STOPPED. */
  readonly serviceDeployment?: string;
}

/** No task is left: the service is INACTIVE, and its name can be used again. */
export interface ServiceDeleted extends OnService {
  readonly type: 'ServiceDeleted';
}

/** The complete new set of tags of the service. */
export interface ServiceTagsSet extends OnService {
  readonly type: 'ServiceTagsSet';
  readonly tags: readonly Ecs.Tag[];
}

/** Events on `journal.service.<cluster>.<service>`. */
export type ServiceEvent =
  | ServiceCreated
  | ServiceUpdated
  | DaemonResized
  | DeploymentStarted
  | ServiceStepTaken
  | DeploymentCompleted
  | DeploymentFailed
  | SteadyStateReached
  | ServiceMessagesRecorded
  | ServiceDeletionRequested
  | ServiceDeleted
  | ServiceTagsSet;
