import {
  checkDesiredCount,
  type Cluster,
  conditionOf,
  daemonInstances,
  type DefinitionReference,
  HEALTHY_AFTER_MS,
  type EpochMs,
  invalidParameter,
  limitsOf,
  primaryOf,
  type ReadonlyClusterState,
  runnableDefinition,
  scaleInOrder,
  type Service,
  serviceKey,
  type Task,
  type TaskDefinition,
} from '@stowage/domain';
import type { PlacementRequest } from './placement-request';
import { serviceRules, serviceTemplate } from './service-tasks';
import { placementRequest } from './task-template';

/** The requested change of a service. */
export interface ServiceChange {
  readonly desiredCount?: number;
  readonly definition?: DefinitionReference;
  readonly now: EpochMs;
}

/** A service and its cluster. */
export interface ServiceIn {
  readonly service: Service;
  readonly cluster: Cluster;
}

export interface ServiceChangePlan {
  /** Undefined if nothing would be started. */
  readonly request?: PlacementRequest;
  /** Surplus tasks that would be stopped, in this order. Tasks that a new revision replaces are not included. */
  readonly stops: readonly Task[];
}

/**
 * Plans the first step of a scale or an update of a service. With a new definition it starts as many new tasks as the
 * upper limit allows next to the old ones. Otherwise it starts missing tasks or stops surplus ones. For a DAEMON
 * service, a task is missing on each eligible instance without one, and surplus on each instance that is not eligible.
 * @throws Refusal for a count or a definition that UpdateService would reject
 */
export function planServiceChange(
  state: ReadonlyClusterState,
  { service, cluster }: ServiceIn,
  change: ServiceChange,
): ServiceChangePlan {
  if (change.desiredCount !== undefined) checkDesiredCount(change.desiredCount, service.schedulingStrategy);
  const tasks = [...state.tasksOf(serviceKey(service.cluster, service.name))].flatMap(
    (id) => state.tasks.get(id) ?? [],
  );
  const definition = definitionOf(state, service, change.definition);
  if (!definition) return { stops: [] };
  const { missing, stops } =
    service.schedulingStrategy === 'DAEMON'
      ? daemonChange(state, { service, definition, tasks })
      : replicaChange(state, { service, tasks }, change);
  return { ...(missing > 0 && { request: requestFor({ service, cluster, definition }, missing) }), stops };
}

/**
 * Returns the placement request for one more task of the service.
 * @throws Refusal if the service has no deployment
 */
export function oneMoreTask(state: ReadonlyClusterState, { service, cluster }: ServiceIn): PlacementRequest {
  const definition = definitionOf(state, service, undefined);
  if (!definition) throw invalidParameter('The service has no deployment.');
  return requestFor({ service, cluster, definition }, 1);
}

function requestFor(of: ServiceIn & { readonly definition: TaskDefinition }, count: number): PlacementRequest {
  const template = serviceTemplate({ ...of, deployment: primaryOf(of.service)?.id ?? '' });
  return placementRequest(template, count, serviceRules(of.service));
}

/** Number of missing tasks, and the surplus tasks. */
interface Difference {
  readonly missing: number;
  readonly stops: readonly Task[];
}

function replicaChange(
  state: ReadonlyClusterState,
  { service, tasks }: { readonly service: Service; readonly tasks: readonly Task[] },
  { desiredCount = service.desiredCount, definition, now }: ServiceChange,
): Difference {
  const wanted = tasks.filter(({ desiredStatus }) => desiredStatus === 'RUNNING');
  const { upper } = limitsOf(desiredCount, service.deploymentConfiguration);
  if (definition) return { missing: Math.min(desiredCount, upper - tasks.length), stops: [] };
  const missing = desiredCount - wanted.length;
  if (missing >= 0) return { missing, stops: [] };
  const conditioned = wanted.map((task) => ({
    task,
    condition: conditionOf(task, { now, healthyAfterMs: HEALTHY_AFTER_MS }),
  }));
  const view = { strategy: service.placementStrategy, instance: (id: Task['instance']) => state.instances.get(id) };
  return { missing, stops: scaleInOrder(conditioned, view, -missing).map(({ task }) => task) };
}

function daemonChange(
  state: ReadonlyClusterState,
  {
    service,
    definition: { family, revision },
    tasks,
  }: { readonly service: Service; readonly definition: TaskDefinition; readonly tasks: readonly Task[] },
): Difference {
  const { cluster, placementConstraints } = service;
  const launchType = primaryOf(service)?.revision.launchType ?? 'EC2';
  const eligible = daemonInstances(state, cluster, {
    taskDefinition: { family, revision },
    launchType,
    placementConstraints,
  });
  const places = new Set(eligible.map(({ id }) => id));
  const taken = new Set(tasks.map(({ instance }) => instance));
  return {
    missing: eligible.filter(({ id }) => !taken.has(id)).length,
    stops: tasks.filter(({ desiredStatus, instance }) => desiredStatus === 'RUNNING' && !places.has(instance)),
  };
}

function definitionOf(
  state: ReadonlyClusterState,
  service: Service,
  reference: DefinitionReference | undefined,
): TaskDefinition | undefined {
  if (reference) return runnableDefinition(state, reference);
  const primary = primaryOf(service);
  return primary && state.taskDefinition(primary.revision.taskDefinition);
}
