import type { ReadonlyClusterState } from '../state/cluster-state';
import type * as Ecs from '../ecs/shapes';
import { invalidParameter } from '../refusal';
import { sameJson } from '../same-json';
import type { Random } from '../seeded-random';
import { type DefinitionReference, runnableDefinition } from '../task-definition/referenced-definition';
import type { TaskDefinition, TaskDefinitionRef } from '../task-definition/records/task-definition';
import { checkGracePeriod, checkLoadBalancers, readLoadBalancers } from './check-load-balancers';
import { checkServiceDefinition } from './check-definition';
import { checkDesiredCount, checkPlacement, checkSupported, rollingConfiguration } from './check-settings';
import { activeService, type ServiceReference } from './find-service';
import { randomDeploymentId, randomDigits, randomServiceDeploymentId } from './random-ids';
import { type Deployment, primaryOf, type Service, type ServiceLoadBalancer } from './records/service';
import type { DeploymentStarted, ServiceUpdated } from './records/service-events';

export interface UpdateService extends ServiceReference {
  readonly input: Ecs.UpdateServiceRequest;
  /** The definition that `input.taskDefinition` refers to, if present. */
  readonly taskDefinition?: DefinitionReference;
  readonly random: Random;
}

/**
 * Decides UpdateService: applies the given members that differ. Another task definition, other load balancers, or force
 * start a deployment. An update without a difference emits no event (ecs-api 5.7.4). @throws Refusal
 */
export function decideUpdateService(
  state: ReadonlyClusterState,
  command: UpdateService,
): readonly (ServiceUpdated | DeploymentStarted)[] {
  const { cluster, service: name, input } = command;
  const service = activeService(state, command);
  checkSupported(input);
  if (input.platformVersion !== undefined) {
    throw invalidParameter('The platform version must be null when specifying an EC2 launch type');
  }
  const loadBalancers = loadBalancersAfter(service, input);
  checkGracePeriod(input.healthCheckGracePeriodSeconds, loadBalancers);
  const changes = changesOf(service, input);
  const started = startedBy(state, service, { ...command, loadBalancers });
  const updated: ServiceUpdated = { type: 'ServiceUpdated', version: 1, cluster, service: name, changes };
  return [...(Object.keys(changes).length > 0 ? [updated] : []), ...(started ? [started] : [])];
}

function changesOf(service: Service, input: Ecs.UpdateServiceRequest): ServiceUpdated['changes'] {
  const { schedulingStrategy: scheduling } = service;
  if (input.desiredCount !== undefined) checkDesiredCount(input.desiredCount, scheduling);
  checkPlacement(input, scheduling);
  const { deploymentConfiguration: given } = input;
  const wanted: ServiceUpdated['changes'] = {
    ...(input.desiredCount !== undefined && { desiredCount: input.desiredCount }),
    ...(given && { deploymentConfiguration: rollingConfiguration(given, scheduling, service.deploymentConfiguration) }),
    ...(input.placementConstraints && { placementConstraints: input.placementConstraints }),
    ...(input.placementStrategy && { placementStrategy: input.placementStrategy }),
    ...(input.availabilityZoneRebalancing && { availabilityZoneRebalancing: input.availabilityZoneRebalancing }),
    ...(input.enableECSManagedTags !== undefined && { enableECSManagedTags: input.enableECSManagedTags }),
    ...(input.propagateTags && { propagateTags: input.propagateTags }),
    ...(input.healthCheckGracePeriodSeconds !== undefined && {
      healthCheckGracePeriodSeconds: input.healthCheckGracePeriodSeconds,
    }),
  };
  const current = new Map<string, unknown>(Object.entries(service));
  return Object.fromEntries(Object.entries(wanted).filter(([name, value]) => !sameJson(current.get(name), value)));
}

/** Returns the given load balancers, or the current ones. An empty list means none. */
function loadBalancersAfter(
  service: Service,
  { loadBalancers }: Ecs.UpdateServiceRequest,
): readonly ServiceLoadBalancer[] {
  return loadBalancers ? readLoadBalancers(loadBalancers) : (primaryOf(service)?.revision.loadBalancers ?? []);
}

function startedBy(
  state: ReadonlyClusterState,
  service: Service,
  {
    input,
    taskDefinition,
    random,
    loadBalancers,
  }: UpdateService & { readonly loadBalancers: readonly ServiceLoadBalancer[] },
): DeploymentStarted | undefined {
  const primary = primaryOf(service);
  const definition = taskDefinition && runnableDefinition(state, taskDefinition);
  // Without another definition the network is still one of the current definition.
  const checked =
    definition ?? (input.networkConfiguration && primary && state.taskDefinition(primary.revision.taskDefinition));
  if (checked && primary) checkServiceDefinition(checked, primary.revision.launchType, input);
  const forced = input.forceNewDeployment === true;
  if (!primary) return undefined;
  const isOther = brings(primary, definition) || !sameJson(primary.revision.loadBalancers ?? [], loadBalancers);
  if (!forced && !isOther) return undefined;
  const { launchType, taskDefinition: current } = primary.revision;
  const ref = definition ? { family: definition.family, revision: definition.revision } : current;
  checkLoadBalancersOf(state, ref, loadBalancers);
  return {
    type: 'DeploymentStarted',
    version: 1,
    cluster: service.cluster,
    service: service.name,
    deployment: randomDeploymentId(random),
    revision: {
      id: randomDigits(random),
      taskDefinition: ref,
      launchType,
      ...(loadBalancers.length > 0 && { loadBalancers }),
    },
    serviceDeployment: randomServiceDeploymentId(random),
    reason: isOther ? 'updated' : 'forced',
    ...(state.serviceDeployments.has(primary.serviceDeployment) && { replaces: primary.serviceDeployment }),
    messages: [],
  };
}

/** A definition that has been DELETED in the meantime starts no task, so its load balancers are not checked. */
function checkLoadBalancersOf(
  state: ReadonlyClusterState,
  ref: TaskDefinitionRef,
  loadBalancers: readonly ServiceLoadBalancer[],
): void {
  const definition = state.taskDefinition(ref);
  if (definition) checkLoadBalancers(state, definition, loadBalancers);
}

function brings({ revision }: Deployment, definition: TaskDefinition | undefined): boolean {
  if (!definition) return false;
  const { family, revision: number } = revision.taskDefinition;
  return definition.family !== family || definition.revision !== number;
}
