import type { EpochMs } from '../../ids';
import type { ServiceMessage } from './messages';
import { withSuccess } from './launches';
import {
  type Deployment,
  NO_LAUNCH_FAILURES,
  primaryOf,
  type Service,
  SERVICE_EVENTS_MAX,
  type ToldMessage,
} from './service';
import {
  breakerReason,
  type DeploymentFailed,
  type DeploymentStarted,
  type ServiceCreated,
  type ServiceEvent,
  type ServiceStepTaken,
} from './service-events';

/** A service after one event. What its tasks' events change of it is in count-tasks.ts. */
export function evolveService(service: Service | undefined, event: ServiceEvent, at: EpochMs): Service | undefined {
  if (event.type === 'ServiceCreated') return createdService(event, at);
  if (!service) return undefined;
  switch (event.type) {
    case 'ServiceUpdated':
      return { ...service, ...event.changes, steadyAt: undefined };
    case 'DaemonResized':
      return { ...service, desiredCount: event.desiredCount, steadyAt: undefined };
    case 'DeploymentStarted':
      return told(withDeployment(service, event, at), event.messages, at);
    case 'ServiceStepTaken':
      return told({ ...countUnhealthy(service, event), steadyAt: undefined }, event.messages, at);
    case 'DeploymentCompleted': {
      const done = changeDeployment(service, event.deployment, (deployment) => ({
        ...withSuccess(deployment, service),
        rolloutState: 'COMPLETED',
        rolloutStateReason: `ECS deployment ${deployment.id} completed.`,
        updatedAt: at,
      }));
      const revision = done.deployments.find(({ id }) => id === event.deployment)?.revision;
      return told({ ...done, steadyAt: at, ...(revision && { lastCompleted: revision }) }, event.messages, at);
    }
    case 'DeploymentFailed':
      return told(failedDeployment(service, event, at), event.messages, at);
    case 'SteadyStateReached':
      return told({ ...withoutBackOff(service), steadyAt: at }, event.messages, at);
    case 'ServiceMessagesRecorded':
      return told(service, event.messages, at);
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
    told: {},
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

/** Every task is healthy. */
function withoutBackOff(service: Service): Service {
  const primary = primaryOf(service);
  return primary ? changeDeployment(service, primary.id, (deployment) => withSuccess(deployment, service)) : service;
}

/** Tasks stopped for their health are the circuit breaker's second stage. */
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

/** The service with one of its deployments changed; one that is unknown changes nothing. */
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

/** The service without deployments that are neither PRIMARY nor have tasks. */
export function withoutEmpty(service: Service): Service {
  const primary = primaryOf(service);
  const deployments = service.deployments.filter((deployment) => deployment === primary || hasTasks(deployment));
  return deployments.length === service.deployments.length ? service : { ...service, deployments };
}

const hasTasks = ({ pendingCount, runningCount }: Deployment): boolean => pendingCount + runningCount > 0;

function told(service: Service, messages: readonly ServiceMessage[], at: EpochMs): Service {
  if (messages.length === 0) return service;
  const newest = messages.map((message): ToldMessage => ({ ...message, at })).reverse();
  return {
    ...service,
    told: { ...service.told, ...Object.fromEntries(messages.map(({ kind, text }) => [kind, { text, at }])) },
    events: [...newest, ...service.events].slice(0, SERVICE_EVENTS_MAX),
  };
}
