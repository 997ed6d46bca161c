import type { ReadonlyClusterState } from '../state/cluster-state';
import { activeCluster } from '../cluster/find-cluster';
import type * as Ecs from '../ecs/shapes';
import { type ClusterName, NAME_PATTERN } from '../ids';
import { clientError, invalidParameter } from '../refusal';
import { sameJson } from '../same-json';
import type { Random } from '../seeded-random';
import { checkTags, keptTags, sameTags } from '../tags';
import { type DefinitionReference, runnableDefinition } from '../task-definition/referenced-definition';
import type { TaskDefinition } from '../task-definition/records/task-definition';
import { checkGracePeriod, checkLoadBalancers, checkRole, readLoadBalancers } from './check-load-balancers';
import { checkServiceDefinition, chosenLaunchType } from './check-definition';
import {
  checkDesiredCount,
  checkPlacement,
  checkServiceClientToken,
  checkSupported,
  rollingConfiguration,
} from './check-settings';
import { daemonInstances } from './daemon-instances';
import { randomDeploymentId, randomDigits, randomServiceDeploymentId } from './random-ids';
import { primaryOf, type Service, serviceKey, type ServiceSettings } from './records/service';
import type { DeploymentStarted, ServiceCreated } from './records/service-events';

export interface CreateService {
  readonly cluster: ClusterName;
  readonly input: Ecs.CreateServiceRequest;
  /** The definition that `input.taskDefinition` refers to. */
  readonly taskDefinition: DefinitionReference | undefined;
  /** ARN of the principal. */
  readonly principal: string;
  readonly random: Random;
}

/**
 * Decides CreateService: a new service with its first deployment. Returns no event if an ACTIVE service matches the
 * request (ecs-api 5.7.3). Reads the cluster, so the commit must expect it unchanged. @throws Refusal
 */
export function decideCreateService(
  state: ReadonlyClusterState,
  command: CreateService,
): readonly [] | readonly [ServiceCreated, DeploymentStarted] {
  const { cluster, input, random } = command;
  const wanted = wantedService(state, command);
  const existing = state.services.get(serviceKey(cluster, wanted.created.service));
  if (existing?.status === 'DRAINING') {
    throw invalidParameter('Unable to Start a service that is still Draining.');
  }
  if (existing) {
    if (agrees(existing, wanted)) return [];
    throw invalidParameter('Creation of service was not idempotent.');
  }
  const started: DeploymentStarted = {
    type: 'DeploymentStarted',
    version: 1,
    cluster,
    service: input.serviceName,
    deployment: randomDeploymentId(random),
    revision: { id: randomDigits(random), ...wanted.revision },
    serviceDeployment: randomServiceDeploymentId(random),
    reason: 'created',
    messages: [],
  };
  return [wanted.created, started];
}

interface WantedService {
  readonly created: ServiceCreated;
  readonly revision: Omit<DeploymentStarted['revision'], 'id'>;
}

function wantedService(
  state: ReadonlyClusterState,
  { cluster: name, input, taskDefinition, principal }: CreateService,
): WantedService {
  const cluster = activeCluster(state, name);
  checkName(input.serviceName);
  checkServiceClientToken(input.clientToken);
  const schedulingStrategy = input.schedulingStrategy ?? 'REPLICA';
  checkSupported(input);
  const loadBalancers = readLoadBalancers(input.loadBalancers ?? []);
  checkGracePeriod(input.healthCheckGracePeriodSeconds, loadBalancers);
  const launchType = chosenLaunchType(input, cluster);
  const definition = definitionOf(state, taskDefinition);
  checkServiceDefinition(definition, launchType, input);
  checkLoadBalancers(state, definition, loadBalancers);
  checkRole(input.role, definition, loadBalancers);
  const settings = settingsOf(input, schedulingStrategy, loadBalancers.length > 0);
  checkTags(input.tags ?? []);
  const revision = {
    taskDefinition: { family: definition.family, revision: definition.revision },
    launchType,
    ...(loadBalancers.length > 0 && { loadBalancers }),
  };
  if (input.desiredCount !== undefined) checkDesiredCount(input.desiredCount, schedulingStrategy);
  const desiredCount =
    schedulingStrategy === 'DAEMON'
      ? daemonInstances(state, name, { ...revision, placementConstraints: settings.placementConstraints }).length
      : input.desiredCount;
  if (desiredCount === undefined) throw invalidParameter('The desired count is required for a REPLICA service.');
  return {
    revision,
    created: {
      type: 'ServiceCreated',
      version: 1,
      cluster: name,
      service: input.serviceName,
      settings,
      schedulingStrategy,
      desiredCount,
      tags: keptTags(input.tags),
      createdBy: principal,
      ...(input.role !== undefined && { role: input.role }),
    },
  };
}

function checkName(name: string): void {
  if (name === '') throw clientError('Name cannot be blank');
  if (!NAME_PATTERN.test(name)) throw invalidParameter('Service name contains invalid characters.');
}

function definitionOf(state: ReadonlyClusterState, reference: DefinitionReference | undefined): TaskDefinition {
  if (!reference) throw invalidParameter('TaskDefinition can not be blank.');
  return runnableDefinition(state, reference);
}

function settingsOf(
  input: Ecs.CreateServiceRequest,
  scheduling: Service['schedulingStrategy'],
  isBalanced: boolean,
): ServiceSettings {
  checkPlacement(input, scheduling);
  return {
    deploymentConfiguration: rollingConfiguration(input.deploymentConfiguration ?? {}, scheduling),
    placementConstraints: input.placementConstraints ?? [],
    placementStrategy: input.placementStrategy ?? [],
    availabilityZoneRebalancing:
      input.availabilityZoneRebalancing ?? (scheduling === 'DAEMON' ? 'DISABLED' : 'ENABLED'),
    enableECSManagedTags: input.enableECSManagedTags ?? false,
    propagateTags: input.propagateTags ?? 'NONE',
    ...(isBalanced && { healthCheckGracePeriodSeconds: input.healthCheckGracePeriodSeconds ?? 0 }),
  };
}

/** Returns true if the service matches the request. desiredCount is ignored for DAEMON services. */
function agrees(service: Service, { created, revision }: WantedService): boolean {
  const primary = primaryOf(service)?.revision;
  const isDaemon = service.schedulingStrategy === 'DAEMON';
  return (
    service.schedulingStrategy === created.schedulingStrategy &&
    (isDaemon || service.desiredCount === created.desiredCount) &&
    service.role === created.role &&
    sameTags(service.tags, created.tags) &&
    primary?.launchType === revision.launchType &&
    sameJson(primary.taskDefinition, revision.taskDefinition) &&
    sameJson(primary.loadBalancers ?? [], revision.loadBalancers ?? []) &&
    sameJson({ ...created.settings }, settingsNow(service))
  );
}

function settingsNow(service: Service): ServiceSettings {
  const { deploymentConfiguration, placementConstraints, placementStrategy } = service;
  const { availabilityZoneRebalancing, enableECSManagedTags, propagateTags } = service;
  const { healthCheckGracePeriodSeconds: graceSeconds } = service;
  return {
    deploymentConfiguration,
    placementConstraints,
    placementStrategy,
    availabilityZoneRebalancing,
    enableECSManagedTags,
    propagateTags,
    ...(graceSeconds !== undefined && { healthCheckGracePeriodSeconds: graceSeconds }),
  };
}
