import type { EpochMs } from '../../ids';
import type { ServiceMessage } from './messages';
import { withSuccess } from './launches';
import {
  type Deployment,
  NO_LAUNCH_FAILURES,
  primaryOf,
  type Service,
  SERVICE_EVENTS_MAX,
  type SentMessage,
} from './service';
import {
  breakerReason,
  type DeploymentFailed,
  type DeploymentStarted,
  type ServiceCreated,
  type ServiceEvent,
  type ServiceStepTaken,
} from './service-events';

/** Returns the service after an event of its own. count-tasks.ts applies the events of its tasks. */
export function evolveService(service: Service | undefined, event: ServiceEvent, at: EpochMs): Service | undefined {
  if (event.type === 'ServiceCreated') return createdService(event, at);
  if (!service) return undefined;
  switch (event.type) {
    case 'ServiceUpdated':
      return { ...service, ...event.changes, steadyAt: undefined };
    case 'DaemonResized':
      return { ...service, desiredCount: event.desiredCount, steadyAt: undefined };
    case 'DeploymentStarted':
      return withMessages(withDeployment(service, event, at), event.messages, at);
    case 'ServiceStepTaken':
      return withMessages({ ...countUnhealthy(service, event), steadyAt: undefined }, event.messages, at);
    case 'DeploymentCompleted': {
      const done = changeDeployment(service, event.deployment, (deployment) => ({
        ...withSuccess(deployment, service),
        rolloutState: 'COMPLETED',
        rolloutStateReason: `ECS deployment ${deployment.id} completed.`,
        updatedAt: at,
      }));
      const revision = done.deployments.find(({ id }) => id === event.deployment)?.revision;
      return withMessages({ ...done, steadyAt: at, ...(revision && { lastCompleted: revision }) }, event.messages, at);
    }
    case 'DeploymentFailed':
      return withMessages(failedDeployment(service, event, at), event.messages, at);
    case 'SteadyStateReached':
      return withMessages({ ...withoutBackOff(service), steadyAt: at }, event.messages, at);
    case 'ServiceMessagesRecorded':
      return withMessages(service, event.messages, at);
    case 'ServiceDeletionRequested':
      return { ...service, status: 'DRAINING', desiredCount: 0, steadyAt: undefined };
    case 'ServiceDeleted':
      return { ...withoutEmpty(service), status: 'INACTIVE', tags: [] };
    case 'ServiceTagsSet':
      return { ...service, tags: event.tags };
  }
}

function createdService(event: ServiceCreated, at: EpochMs): Service {
  return {
    ...event.settings,
    cluster: event.cluster,
    name: event.service,
    status: 'ACTIVE',
    schedulingStrategy: event.schedulingStrategy,
    desiredCount: event.desiredCount,
    tags: event.tags,
    createdAt: at,
    createdBy: event.createdBy,
    ...(event.role !== undefined && { role: event.role }),
    deployments: [],
    lastSent: {},
    events: [],
  };
}

function withDeployment(service: Service, event: DeploymentStarted, at: EpochMs): Service {
  const known = service.deployments.find(({ id }) => id === event.deployment);
  const others = service.deployments
    .filter(({ id }) => id !== event.deployment)
    .map((other): Deployment => (other.status === 'ACTIVE' ? other : { ...other, status: 'ACTIVE', updatedAt: at }))
    .filter(hasTasks);
  return { ...service, steadyAt: undefined, deployments: [startedDeployment(event, known, at), ...others] };
}

function startedDeployment(event: DeploymentStarted, known: Deployment | undefined, at: EpochMs): Deployment {
  const { deployment: id, serviceDeployment } = event;
  const before = known ?? {
    id,
    revision: { ...event.revision, createdAt: at },
    pendingCount: 0,
    runningCount: 0,
    wantedCount: 0,
    createdAt: at,
  };
  return {
    ...before,
    status: 'PRIMARY',
    serviceDeployment,
    rolloutState: 'IN_PROGRESS',
    rolloutStateReason: whyInProgress(event),
    failedTasks: 0,
    hasStarted: before.runningCount > 0,
    lastFailure: undefined,
    launches: NO_LAUNCH_FAILURES,
    updatedAt: at,
  };
}

function whyInProgress({ reason, deployment }: DeploymentStarted): string {
  switch (reason) {
    case 'rollback':
      return `ECS deployment circuit breaker: rolling back to deploymentId ${deployment}.`;
    case 'rollback-requested':
      return `ECS deployment stopped: rolling back to deploymentId ${deployment}.`;
    default:
      return `ECS deployment ${deployment} in progress.`;
  }
}

/** Ends the backoff of a service in which every task is healthy. */
function withoutBackOff(service: Service): Service {
  const primary = primaryOf(service);
  return primary ? changeDeployment(service, primary.id, (deployment) => withSuccess(deployment, service)) : service;
}

/** Counts tasks that were stopped as unhealthy, which is the second stage of the circuit breaker. */
function countUnhealthy(service: Service, { deployment, stopped }: ServiceStepTaken): Service {
  const failed = stopped.filter((each) => each.reason === 'unhealthy' && each.deployment === deployment).length;
  if (failed === 0) return service;
  return changeDeployment(service, deployment, (primary) =>
    primary.rolloutState === 'IN_PROGRESS' ? { ...primary, failedTasks: primary.failedTasks + failed } : primary,
  );
}

function failedDeployment(service: Service, event: DeploymentFailed, at: EpochMs): Service {
  return changeDeployment(service, event.deployment, (failed) => ({
    ...failed,
    rolloutState: 'FAILED',
    rolloutStateReason:
      event.reason === 'circuit-breaker' ? breakerReason(event) : `ECS deployment ${failed.id} stopped.`,
    updatedAt: at,
  }));
}

/** Returns the service with one of its deployments changed. An unknown deployment changes nothing. */
export function changeDeployment(
  service: Service,
  id: string,
  change: (deployment: Deployment) => Deployment,
): Service {
  const at = service.deployments.findIndex((deployment) => deployment.id === id);
  const before = service.deployments[at];
  if (!before) return service;
  const after = change(before);
  return after === before ? service : { ...service, deployments: service.deployments.with(at, after) };
}

/** Returns the service without deployments that are not PRIMARY and have no tasks. */
export function withoutEmpty(service: Service): Service {
  const primary = primaryOf(service);
  const deployments = service.deployments.filter((deployment) => deployment === primary || hasTasks(deployment));
  return deployments.length === service.deployments.length ? service : { ...service, deployments };
}

const hasTasks = ({ pendingCount, runningCount }: Deployment): boolean => pendingCount + runningCount > 0;

function withMessages(service: Service, messages: readonly ServiceMessage[], at: EpochMs): Service {
  if (messages.length === 0) return service;
  const newest = messages.map((message): SentMessage => ({ ...message, at })).reverse();
  return {
    ...service,
    lastSent: { ...service.lastSent, ...Object.fromEntries(messages.map(({ kind, text }) => [kind, { text, at }])) },
    events: [...newest, ...service.events].slice(0, SERVICE_EVENTS_MAX),
  };
}
