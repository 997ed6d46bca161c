import {
  type Cluster,
  conditionOf,
  type DefinitionReference,
  HEALTHY_AFTER_MS,
  type EpochMs,
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

/** What a change of a service is asked to come to. */
export interface ServiceChange {
  readonly desiredCount?: number;
  readonly definition?: DefinitionReference;
  readonly now: EpochMs;
}

export interface ServiceChangePlan {
  /** Undefined: nothing is to be started. */
  readonly request?: PlacementRequest;
  /** Tasks that would be stopped for there are too many, in that order. Those that a new revision replaces are not among them. */
  readonly stops: readonly Task[];
}

/**
 * What a service's scale or update would start and stop first: with a new definition as many of the new tasks as the upper
 * limit lets stand beside the old ones, else what is missing or too much.
 */
export function planServiceChange(
  state: ReadonlyClusterState,
  { service, cluster }: { readonly service: Service; readonly cluster: Cluster },
  change: ServiceChange,
): ServiceChangePlan {
  const { desiredCount = service.desiredCount, now } = change;
  const tasks = [...state.tasksOf(serviceKey(service.cluster, service.name))].flatMap(
    (id) => state.tasks.get(id) ?? [],
  );
  const wanted = tasks.filter(({ desiredStatus }) => desiredStatus === 'RUNNING');
  const definition = definitionOf(state, service, change.definition);
  if (!definition) return { stops: [] };
  const isNew = change.definition !== undefined;
  const { upper } = limitsOf(desiredCount, service.deploymentConfiguration);
  const missing = isNew ? Math.min(desiredCount, upper - tasks.length) : desiredCount - wanted.length;
  if (missing > 0) {
    const deployment = primaryOf(service)?.id ?? '';
    const template = serviceTemplate({ service, cluster, definition, deployment });
    return { request: placementRequest(template, missing, serviceRules(service)), stops: [] };
  }
  const conditioned = wanted.map((task) => ({
    task,
    condition: conditionOf(task, { now, healthyAfterMs: HEALTHY_AFTER_MS }),
  }));
  const view = { strategy: service.placementStrategy, instance: (id: Task['instance']) => state.instances.get(id) };
  const stops = isNew ? [] : scaleInOrder(conditioned, view, -missing);
  return { stops: stops.map(({ task }) => task) };
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
