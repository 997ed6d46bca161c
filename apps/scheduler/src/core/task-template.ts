import {
  attributesByName,
  checkOverrides,
  checkTags,
  clusterQuery,
  type Cluster,
  type Ecs,
  keptTags,
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

/** What all tasks of a request have in common. */
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

/** A task's id and those of its containers, drawn before anything is decided: a decision repeated keeps them. */
export interface TaskIds {
  readonly task: TaskId;
  /** Of its containers, in the order of the definition: the same for the same number, always. */
  readonly container: (at: number) => string;
}

type StartRequest = Ecs.RunTaskRequest | Ecs.StartTaskRequest;

/** What the request makes of the definition. @throws Refusal of overrides and tags that ECS would refuse. */
export function taskTemplate(
  input: StartRequest,
  { definition, cluster, launchType }: Pick<TaskTemplate, 'definition' | 'cluster' | 'launchType'>,
): TaskTemplate {
  const overrides = input.overrides ?? {};
  checkOverrides(definition.definition, overrides);
  return {
    cluster,
    definition,
    sized: sizeTask(definition.definition, overrides),
    overrides,
    launchType,
    // An empty group or startedBy says nothing, as with ECS.
    group: input.group || `family:${definition.family}`,
    ...(input.startedBy && { startedBy: input.startedBy }),
    tags: tagsOf(input, definition, cluster),
  };
}

/** The request's own tags win over propagated ones. */
function tagsOf(input: StartRequest, definition: TaskDefinition, cluster: Cluster): readonly Ecs.Tag[] {
  checkTags(input.tags ?? []);
  const propagated = input.propagateTags === 'TASK_DEFINITION' ? definition.tags : [];
  const managed = input.enableECSManagedTags === true ? [{ key: 'aws:ecs:clusterName', value: cluster.name }] : [];
  return [...mergeTags(propagated, keptTags(input.tags)), ...managed];
}

/** What the caller says beside the template. */
export interface PlacementRules {
  readonly constraints: readonly Ecs.PlacementConstraint[];
  readonly strategy: readonly StrategyLevel[];
}

/**
 * What placement is to find room for. The definition's constraints bind beside those of the caller. Without rules the
 * caller names the instances: constraints have no say then, neither the caller's nor the definition's.
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

/** One task of the template, placed where it was chosen to go. */
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

/** The task's GPUs are dealt to the containers in their order. */
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
