import {
  attributesByName,
  checkOverrides,
  clusterQuery,
  type Cluster,
  type Ecs,
  mergeTags,
  type PlacedTask,
  type Resources,
  type SizedTask,
  sizeTask,
  type TaskDefinition,
  type TaskId,
} from '@stowage/domain';
import type { Choice, InstanceLaunchType, PlacementRequest } from './placement-request';
import type { StrategyLevel } from './strategy';
import type { TaskSettings } from './task-settings';

/** The properties that all tasks of a request share. */
export interface TaskTemplate {
  readonly cluster: Cluster;
  readonly definition: TaskDefinition;
  readonly sized: SizedTask;
  readonly overrides: Ecs.TaskOverride;
  readonly launchType: InstanceLaunchType;
  readonly group: string;
  readonly startedBy?: string;
  readonly tags: readonly Ecs.Tag[];
}

/**
 * The ids of a task and of its containers. They are drawn before the decision, so that a repeated decision keeps them.
 */
export interface TaskIds {
  readonly task: TaskId;
  /** Returns the id of a container by its index in the definition. The same index always gives the same id. */
  readonly container: (at: number) => string;
}

/**
 * Applies the settings to the definition.
 * @throws Refusal for overrides and tags that ECS would reject
 */
export function taskTemplate(
  settings: TaskSettings,
  { definition, cluster, launchType }: Pick<TaskTemplate, 'definition' | 'cluster' | 'launchType'>,
): TaskTemplate {
  const { overrides, group = `family:${definition.family}`, startedBy } = settings;
  checkOverrides(definition.definition, overrides);
  return {
    cluster,
    definition,
    sized: sizeTask(definition.definition, overrides),
    overrides,
    launchType,
    group,
    ...(startedBy !== undefined && { startedBy }),
    tags: tagsOf(settings, definition, cluster),
  };
}

/** The tags of the request override propagated ones. */
function tagsOf(settings: TaskSettings, definition: TaskDefinition, cluster: Cluster): readonly Ecs.Tag[] {
  const propagated = settings.propagatesDefinitionTags ? definition.tags : [];
  const managed = settings.hasManagedTags ? [{ key: 'aws:ecs:clusterName', value: cluster.name }] : [];
  return [...mergeTags(propagated, settings.tags), ...managed];
}

/** The settings of the caller in addition to the template. */
export interface PlacementRules {
  readonly constraints: readonly Ecs.PlacementConstraint[];
  readonly strategy: readonly StrategyLevel[];
}

/**
 * Returns the placement request. The constraints of the definition apply in addition to those of the caller. Without
 * `rules` the caller has named the instances, and no constraints apply.
 */
export function placementRequest(
  template: TaskTemplate,
  count: number,
  rules: PlacementRules | undefined,
): PlacementRequest {
  const { requiresAttributes = [], placementConstraints = [] } = template.definition.definition;
  const { constraints = [], strategy = [] } = rules ?? {};
  const binding = rules ? [...constraints, ...placementConstraints] : [];
  return {
    cluster: template.cluster.name,
    count,
    resources: template.sized.resources,
    requiredAttributes: requiresAttributes,
    launchType: template.launchType,
    group: template.group,
    memberOf: binding.flatMap(({ type, expression = '' }) => (type === 'memberOf' ? [clusterQuery(expression)] : [])),
    distinctInstance: constraints.some(({ type }) => type === 'distinctInstance'),
    strategy,
  };
}

/** Returns one task of the template at its chosen instance. */
export function taskOn({ instance, resources }: Choice, template: TaskTemplate, ids: TaskIds): PlacedTask {
  const { definition, sized, startedBy } = template;
  const zone = attributesByName(instance).get('ecs.availability-zone');
  return {
    id: ids.task,
    taskDefinition: { family: definition.family, revision: definition.revision },
    containers: placedContainers(sized, resources, ids),
    overrides: template.overrides,
    resources,
    cpu: sized.cpu,
    memory: sized.memory,
    group: template.group,
    launchType: template.launchType,
    ...(startedBy !== undefined && { startedBy }),
    tags: template.tags,
    enableExecuteCommand: false,
    ...(zone !== undefined && { availabilityZone: zone }),
  };
}

/** The GPUs of the task are assigned to the containers in their order. */
function placedContainers(
  { containers, containerGpus }: SizedTask,
  { gpus }: Resources,
  ids: TaskIds,
): PlacedTask['containers'] {
  let dealt = 0;
  return containers.map((container, at) => {
    const count = containerGpus[at] ?? 0;
    if (count === 0) return { id: ids.container(at), ...container };
    dealt += count;
    return { id: ids.container(at), ...container, gpuIds: gpus.slice(dealt - count, dealt) };
  });
}
