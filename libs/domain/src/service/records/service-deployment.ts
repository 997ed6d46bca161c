import type { ClusterName, EpochMs } from '../../ids';
import { failureThreshold } from './limits';
import { primaryOf, type RollingConfiguration, type Service, type ServiceRevision } from './service';
import {
  breakerReason,
  type DeploymentCompleted,
  type DeploymentFailed,
  type DeploymentStarted,
  type ServiceDeletionRequested,
  type ServiceEvent,
} from './service-events';

export type ServiceDeploymentStatus =
  | 'IN_PROGRESS'
  | 'SUCCESSFUL'
  | 'STOPPED'
  | 'ROLLBACK_REQUESTED'
  | 'ROLLBACK_IN_PROGRESS'
  | 'ROLLBACK_SUCCESSFUL'
  | 'ROLLBACK_FAILED';

/** A revision and its task counts at one time. */
export interface RevisionCounts {
  readonly revision: ServiceRevision;
  readonly requested: number;
  readonly running: number;
  readonly pending: number;
}

/** One deployment request from its start to its end, including the rollback. ListServiceDeployments lists these. */
export interface ServiceDeployment {
  readonly id: string;
  readonly cluster: ClusterName;
  readonly service: string;
  readonly status: ServiceDeploymentStatus;
  readonly statusReason?: string;
  /** Revisions that ran when it started. */
  readonly sources: readonly RevisionCounts[];
  readonly target: ServiceRevision;
  readonly configuration: RollingConfiguration;
  readonly rollback?: { readonly reason: string; readonly startedAt: EpochMs; readonly revision: string };
  /** Failure count at which the circuit breaker stopped it. */
  readonly failure?: { readonly failedTasks: number; readonly threshold: number };
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
  readonly finishedAt?: EpochMs;
  readonly stoppedAt?: EpochMs;
}

const ENDED: readonly ServiceDeploymentStatus[] = ['SUCCESSFUL', 'STOPPED', 'ROLLBACK_SUCCESSFUL', 'ROLLBACK_FAILED'];

/** Returns true if the deployment has ended. A fold removes ended deployments; readers find them in the read model. */
export const hasEnded = ({ status }: ServiceDeployment): boolean => ENDED.includes(status);

type DeploymentEvent = DeploymentStarted | DeploymentCompleted | DeploymentFailed | ServiceDeletionRequested;

/** Returns the ids of the service deployments that an event changes. */
export function serviceDeploymentsOf(event: ServiceEvent): readonly string[] {
  switch (event.type) {
    case 'DeploymentStarted':
      return [event.serviceDeployment, ...(event.replaces === undefined ? [] : [event.replaces])];
    case 'DeploymentCompleted':
    case 'DeploymentFailed':
      return [event.serviceDeployment];
    case 'ServiceDeletionRequested':
      return event.serviceDeployment === undefined ? [] : [event.serviceDeployment];
    default:
      return [];
  }
}

export interface EvolveServiceDeployment {
  readonly id: string;
  readonly known: ServiceDeployment | undefined;
  /** The service before the event. */
  readonly service: Service;
  readonly at: EpochMs;
}

/** Returns one of {@link serviceDeploymentsOf} the event as it is after the event. */
export function evolveServiceDeployment(
  event: ServiceEvent,
  { id, known, service, at }: EvolveServiceDeployment,
): ServiceDeployment | undefined {
  if (!isDeploymentEvent(event)) return known;
  if (!known)
    return event.type === 'DeploymentStarted' && event.serviceDeployment === id ? begun(event, service, at) : undefined;
  const next = { ...known, updatedAt: at };
  switch (event.type) {
    case 'DeploymentStarted':
      return event.replaces === id ? stopped(next, 'A newer deployment took over.', at) : rollingBack(next, event, at);
    case 'DeploymentCompleted': {
      const status = known.status === 'ROLLBACK_IN_PROGRESS' ? 'ROLLBACK_SUCCESSFUL' : 'SUCCESSFUL';
      return { ...next, status, finishedAt: at };
    }
    case 'DeploymentFailed':
      return failed(next, event, at);
    case 'ServiceDeletionRequested':
      return stopped(next, 'The service was deleted.', at);
  }
}

function isDeploymentEvent(event: ServiceEvent): event is DeploymentEvent {
  return (
    event.type === 'DeploymentStarted' ||
    event.type === 'DeploymentCompleted' ||
    event.type === 'DeploymentFailed' ||
    event.type === 'ServiceDeletionRequested'
  );
}

function begun(event: DeploymentStarted, service: Service, at: EpochMs): ServiceDeployment {
  const { cluster, name, deployments, deploymentConfiguration } = service;
  const primary = primaryOf(service);
  return {
    id: event.serviceDeployment,
    cluster,
    service: name,
    status: 'IN_PROGRESS',
    sources: deployments.map((deployment) => ({
      revision: deployment.revision,
      requested: deployment === primary ? service.desiredCount : deployment.wantedCount,
      running: deployment.runningCount,
      pending: deployment.pendingCount,
    })),
    target: { ...event.revision, createdAt: at },
    configuration: deploymentConfiguration,
    createdAt: at,
    updatedAt: at,
  };
}

function rollingBack(next: ServiceDeployment, event: DeploymentStarted, at: EpochMs): ServiceDeployment {
  const reason = next.statusReason ?? '';
  return {
    ...next,
    status: 'ROLLBACK_IN_PROGRESS',
    rollback: { reason, startedAt: at, revision: event.revision.id },
  };
}

function failed(next: ServiceDeployment, event: DeploymentFailed, at: EpochMs): ServiceDeployment {
  const { failedTasks, reason } = event;
  const threshold = event.threshold ?? failureThreshold(next.configuration.deploymentCircuitBreaker, 0);
  const isTripped = reason === 'circuit-breaker';
  const statusReason = isTripped ? breakerReason(event) : 'Stopped by a user.';
  const about = { ...next, statusReason, ...(isTripped && { failure: { failedTasks, threshold } }) };
  if (event.rollback) return { ...about, status: 'ROLLBACK_REQUESTED' };
  if (next.status === 'ROLLBACK_IN_PROGRESS') return { ...about, status: 'ROLLBACK_FAILED', finishedAt: at };
  return stopped(about, statusReason, at);
}

function stopped(next: ServiceDeployment, statusReason: string, at: EpochMs): ServiceDeployment {
  return { ...next, status: 'STOPPED', statusReason, stoppedAt: at, finishedAt: at };
}
