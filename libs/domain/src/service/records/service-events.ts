import type * as Ecs from '../../ecs/shapes';
import type { ClusterName, TaskId } from '../../ids';
import { type ServiceMessage, withReason } from './messages';
import type { ServiceRevision, ServiceSettings } from './service';

interface OnService {
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly service: string;
}

/** CreateService; its first `DeploymentStarted` is in the same transaction. Of an INACTIVE name nothing old is kept. */
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

/** UpdateService, but for what makes a new deployment; absent members are unchanged. */
export interface ServiceUpdated extends OnService {
  readonly type: 'ServiceUpdated';
  readonly changes: Partial<ServiceSettings> & { readonly desiredCount?: number };
}

/** A DAEMON service belongs on so many instances now. */
export interface DaemonResized extends OnService {
  readonly type: 'DaemonResized';
  readonly desiredCount: number;
}

/**
 * From now on everything moves to this deployment. One that is named again, by a rollback, takes its own tasks up again.
 */
export interface DeploymentStarted extends OnService {
  readonly type: 'DeploymentStarted';
  readonly deployment: string;
  readonly revision: Omit<ServiceRevision, 'createdAt'>;
  /** Of a rollback: the service deployment that failed, which goes on with the old revision. */
  readonly serviceDeployment: string;
  readonly reason: 'created' | 'updated' | 'forced' | 'rollback' | 'rollback-requested';
  /** A service deployment in progress that this one takes over from; it is STOPPED. */
  readonly replaces?: string;
  readonly messages: readonly ServiceMessage[];
}

/** Why a step stops a task. */
export type StopReason = 'scale-in' | 'deployment' | 'unhealthy' | 'draining' | 'no-longer-matching' | 'deleted';

export interface StoppedByStep {
  readonly task: TaskId;
  readonly deployment: string;
  readonly reason: StopReason;
}

/**
 * One step towards what is wanted. In the same transaction as the placements or stop requests that it names, so that of
 * two controllers, or of a controller and a user, one sees what the other did.
 */
export interface ServiceStepTaken extends OnService {
  readonly type: 'ServiceStepTaken';
  readonly deployment: string;
  readonly started: readonly TaskId[];
  readonly stopped: readonly StoppedByStep[];
  /** The position of the journal that it was decided on. */
  readonly decidedAt: number;
  readonly messages: readonly ServiceMessage[];
}

/** The PRIMARY deployment's tasks are all there and healthy, others' are gone. */
export interface DeploymentCompleted extends OnService {
  readonly type: 'DeploymentCompleted';
  readonly deployment: string;
  readonly serviceDeployment: string;
  readonly messages: readonly ServiceMessage[];
}

/** Why a deployment failed, in ECS's sentence and with the reason of its last failed task. */
export const breakerReason = ({ cause }: Pick<DeploymentFailed, 'cause'>): string =>
  withReason('ECS deployment circuit breaker: tasks failed to start.', cause);

/** The circuit breaker gave the deployment up, or a user did. A rollback's `DeploymentStarted` follows at once, or never. */
export interface DeploymentFailed extends OnService {
  readonly type: 'DeploymentFailed';
  readonly deployment: string;
  readonly serviceDeployment: string;
  readonly reason: 'circuit-breaker' | 'stop-requested';
  readonly failedTasks: number;
  /** Of the circuit breaker, at that moment. */
  readonly threshold?: number;
  readonly rollback: boolean;
  /** Of the circuit breaker: why the last task failed. Absent in events of earlier versions. */
  readonly cause?: string;
  readonly messages: readonly ServiceMessage[];
}

/** Counts match, tasks are healthy, no deployment is in progress. Said again now and then while it stays so. */
export interface SteadyStateReached extends OnService {
  readonly type: 'SteadyStateReached';
  readonly messages: readonly ServiceMessage[];
}

/** Something is worth saying though nothing was done. */
export interface ServiceMessagesRecorded extends OnService {
  readonly type: 'ServiceMessagesRecorded';
  readonly messages: readonly ServiceMessage[];
}

/** DeleteService: DRAINING until the last task has stopped. */
export interface ServiceDeletionRequested extends OnService {
  readonly type: 'ServiceDeletionRequested';
  /** The service deployment in progress, which is STOPPED. */
  readonly serviceDeployment?: string;
}

/** No task is left: INACTIVE. The name is free. */
export interface ServiceDeleted extends OnService {
  readonly type: 'ServiceDeleted';
}

/** The service's tags as they are from now on, all of them. */
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
