import {
  type Cluster,
  invariant,
  type PlacedTask,
  type PlaceServiceTasks,
  primaryOf,
  type ReadonlyClusterState,
  type Service,
  serviceKey,
  sizeTask,
  startStep,
  type TaskDefinition,
} from '@stowage/domain';
import { whyNot } from './filters';
import { randomOrderer } from './orderers/random';
import { spreadOrderer } from './orderers/spread';
import { place } from './place';
import { decided, type ServicePlacementDecision, type Situation, type TaskPlacement, WAIT } from './placement-decision';
import type { Candidate, InstanceRefusal } from './placement-request';
import { placementRequest, taskOn, type TaskIds, type TaskTemplate } from './task-template';

export interface ServiceSituation extends Situation {
  /** Sequence of the newest event on the service's subject that this fold has. */
  readonly serviceSequence: number;
}

/**
 * Places as many of the tasks as find room, with the service's step: one transaction, which must expect the service's
 * subject at `expected` beside the ledgers. Whether that many may be started is the controller's to know.
 */
export function decideServiceTasks(request: PlaceServiceTasks, situation: ServiceSituation): ServicePlacementDecision {
  const { state, serviceSequence } = situation;
  const service = state.services.get(serviceKey(request.cluster, request.service));
  const primary = service && primaryOf(service);
  const cluster = state.clusters.get(request.cluster);
  if (!service || !cluster || service.status !== 'ACTIVE') return { kind: 'stale' };
  if (serviceSequence !== request.expected || primary?.id !== request.deployment) return { kind: 'stale' };
  const definition = state.taskDefinition(primary.revision.taskDefinition);
  invariant(definition, 'A revision that a service refers to is there.');
  const template = serviceTemplate({ service, cluster, definition, deployment: primary.id });
  const chosen =
    request.where.kind === 'anywhere'
      ? chooseAnywhere(template, request.where.count, { service, situation })
      : chooseEach(template, request.where.instances, situation);
  if (chosen === 'wait') return WAIT;
  const placements = chosen.instances.map((instance, at): TaskPlacement => {
    const ids = situation.ids[at];
    invariant(ids, 'There are ids for every task.');
    return { instance: instance.id, task: serviceTask(instance, template, { ids, service, deployment: primary.id }) };
  });
  const decision = decided(request.cluster, placements, chosen.refusals);
  if (decision.kind === 'wait' || placements.length === 0) return decision;
  const tasks = placements.map(({ task }) => task.id);
  return { ...decision, step: startStep(request, tasks, situation.random) };
}

interface Chosen {
  readonly instances: readonly Candidate[];
  readonly refusals: readonly InstanceRefusal[];
}

function chooseAnywhere(
  template: TaskTemplate,
  count: number,
  { service, situation }: { readonly service: Service; readonly situation: Situation },
): Chosen | 'wait' {
  const { state, random } = situation;
  const isRandom = service.placementStrategy.some(({ type }) => type === 'random');
  const key = serviceKey(service.cluster, service.name);
  const orderer = isRandom ? randomOrderer(random) : spreadOrderer(state, key, random);
  const plan = place(placementRequest(template, count), situation, random, orderer);
  return plan.kind === 'wait' ? 'wait' : { instances: plan.chosen, refusals: plan.refusals };
}

function chooseEach(
  template: TaskTemplate,
  instances: readonly Candidate['id'][],
  { state, busy }: { readonly state: ReadonlyClusterState; readonly busy: ReadonlySet<Candidate['id']> },
): Chosen | 'wait' {
  if (instances.some((id) => busy.has(id))) return 'wait';
  const request = placementRequest(template, 1);
  const chosen: Candidate[] = [];
  const refusals: InstanceRefusal[] = [];
  for (const id of instances) {
    const instance = state.instances.get(id);
    const isThere = instance?.cluster === template.cluster.name && instance.status === 'ACTIVE';
    const reason = isThere ? whyNot(request, instance) : 'MISSING';
    if (reason) refusals.push({ instance: id, reason });
    else if (isThere) chosen.push(instance);
  }
  return { instances: chosen, refusals };
}

interface TemplateOf {
  readonly service: Service;
  readonly cluster: Cluster;
  readonly definition: TaskDefinition;
  readonly deployment: string;
}

function serviceTemplate({ service, cluster, definition, deployment }: TemplateOf): TaskTemplate {
  return {
    cluster,
    definition,
    sized: sizeTask(definition.definition, {}),
    overrides: {},
    launchType: primaryOf(service)?.revision.launchType ?? 'EC2',
    group: `service:${service.name}`,
    startedBy: deployment,
    tags: tagsOf(service, definition),
  };
}

/** Copied when the task starts, and never again (ecs-api 5.14). */
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
  instance: Candidate,
  template: TaskTemplate,
  { ids, service, deployment }: { readonly ids: TaskIds; readonly service: Service; readonly deployment: string },
): PlacedTask {
  return { ...taskOn(instance, template, ids), service: { name: service.name, deployment } };
}
