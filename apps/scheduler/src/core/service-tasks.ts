import {
  type Cluster,
  type InstanceId,
  invariant,
  type PlacedTask,
  type PlaceServiceTasks,
  primaryOf,
  type Service,
  serviceKey,
  sizeTask,
  startStep,
  type TaskDefinition,
} from '@stowage/domain';
import { MISSING, whyNot } from './filters';
import type { ClusterIndex } from './index/cluster-index';
import { PlacementIndex } from './index/placement-index';
import { place } from './place';
import { decided, type ServicePlacementDecision, type Situation, type TaskPlacement } from './placement-decision';
import type { Choice, InstanceRefusal, PlacementRequest } from './placement-request';
import { SERVICE_DEFAULT_STRATEGY, strategyLevels } from './strategy';
import { pinImages } from './pin-images';
import { placementRequest, type PlacementRules, taskOn, type TaskIds, type TaskTemplate } from './task-template';

export interface ServiceSituation extends Situation {
  /** Sequence of the newest event on the service's subject in this fold. */
  readonly serviceSequence: number;
}

/**
 * Places as many of the tasks as fit, and takes the service's step in the same transaction. The transaction must expect
 * the service's subject at `expected`, in addition to the ledgers. The controller decides how many tasks may start.
 */
export function decideServiceTasks(request: PlaceServiceTasks, situation: ServiceSituation): ServicePlacementDecision {
  const { state, serviceSequence } = situation;
  const service = state.services.get(serviceKey(request.cluster, request.service));
  const primary = service && primaryOf(service);
  const cluster = state.clusters.get(request.cluster);
  if (!service || !cluster || service.status !== 'ACTIVE') return { kind: 'stale' };
  if (serviceSequence !== request.expected || primary?.id !== request.deployment) return { kind: 'stale' };
  const definition = state.taskDefinition(primary.revision.taskDefinition);
  invariant(definition, 'The revision of a service exists.');
  const template = serviceTemplate({ service, cluster, definition, deployment: primary.id });
  const chosen = chosenFor(request, placementRequest(template, countOf(request), serviceRules(service)), situation);
  const placements = chosen.choices.map((choice, at): TaskPlacement => {
    const ids = situation.ids[at];
    invariant(ids, 'There are ids for every task.');
    return {
      instance: choice.instance.id,
      task: serviceTask(choice, template, { ids, service, deployment: primary.id }),
    };
  });
  const decision = decided(request.cluster, placements, chosen.refusals);
  if (placements.length === 0) return decision;
  const tasks = placements.map(({ task }) => task.id);
  return { ...decision, step: startStep(request, tasks, situation.random) };
}

const countOf = ({ where }: PlaceServiceTasks): number => (where.kind === 'anywhere' ? where.count : 1);

function chosenFor({ where, cluster }: PlaceServiceTasks, asked: PlacementRequest, situation: Situation): Chosen {
  const index = PlacementIndex.of(situation.state).cluster(cluster);
  if (where.kind === 'each') return chooseEach(asked, where.instances, index);
  const { chosen, refusals } = place(asked, index, situation);
  return { choices: chosen, refusals };
}

interface Chosen {
  readonly choices: readonly Choice[];
  readonly refusals: readonly InstanceRefusal[];
}

/**
 * The strategies and constraints of the service, or ECS's default strategies for services. A DAEMON service has one
 * task per instance.
 */
export function serviceRules({ placementStrategy, placementConstraints, schedulingStrategy }: Service): PlacementRules {
  const isDaemon = schedulingStrategy === 'DAEMON';
  return {
    constraints: isDaemon ? [...placementConstraints, { type: 'distinctInstance' }] : placementConstraints,
    strategy: placementStrategy.length > 0 ? strategyLevels(placementStrategy) : SERVICE_DEFAULT_STRATEGY,
  };
}

/** Places a DAEMON task on each eligible instance where it fits. */
function chooseEach(request: PlacementRequest, instances: readonly InstanceId[], index: ClusterIndex): Chosen {
  const choices: Choice[] = [];
  const refusals: InstanceRefusal[] = [];
  for (const id of instances) {
    const slot = index.slot(id);
    const unfit = slot ? whyNot(request, slot) : MISSING;
    if (unfit) refusals.push({ instance: id, ...unfit });
    else if (slot) choices.push(slot.chosenFor(request));
  }
  return { choices, refusals };
}

interface TemplateOf {
  readonly service: Service;
  readonly cluster: Cluster;
  readonly definition: TaskDefinition;
  readonly deployment: string;
}

/** Returns what the tasks of a service's deployment have in common. */
export function serviceTemplate({ service, cluster, definition, deployment }: TemplateOf): TaskTemplate {
  return {
    cluster,
    definition,
    sized: pinImages(sizeTask(definition.definition, {}), definition.definition, primaryOf(service)?.revision),
    overrides: {},
    launchType: primaryOf(service)?.revision.launchType ?? 'EC2',
    group: `service:${service.name}`,
    startedBy: deployment,
    tags: tagsOf(service, definition),
  };
}

/** Copied when the task starts and not changed afterwards (ecs-api 5.14). */
function tagsOf(
  { propagateTags, enableECSManagedTags, cluster, ...service }: Service,
  definition: TaskDefinition,
): TaskTemplate['tags'] {
  const sources = { NONE: [], SERVICE: service.tags, TASK_DEFINITION: definition.tags } as const;
  const managed = [
    { key: 'aws:ecs:clusterName', value: cluster },
    { key: 'aws:ecs:serviceName', value: service.name },
  ];
  return [...sources[propagateTags], ...(enableECSManagedTags ? managed : [])];
}

function serviceTask(
  choice: Choice,
  template: TaskTemplate,
  { ids, service, deployment }: { readonly ids: TaskIds; readonly service: Service; readonly deployment: string },
): PlacedTask {
  return { ...taskOn(choice, template, ids), service: { name: service.name, deployment } };
}
