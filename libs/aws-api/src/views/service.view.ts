import {
  clusterArn,
  type Deployment,
  type Ecs,
  primaryOf,
  roleArn,
  type RollingConfiguration,
  type Scope,
  type Service,
  serviceArn,
  serviceDeploymentArn,
  serviceRevisionArn,
  taskCountsOf,
  taskDefinitionArn,
} from '@stowage/domain';
import { seconds } from './seconds';

/** Parts of a service that are returned only on request. */
export type ServiceField = 'TAGS';

/** Parts in the responses of CreateService, UpdateService and DeleteService. */
export const SERVICE_FIELDS_OF_WRITES: readonly ServiceField[] = ['TAGS'];

/** Returns the API's `Service` (ecs-api 5.7.1). */
export function serviceView(service: Service, scope: Scope, fields: readonly ServiceField[]): Ecs.Service {
  const { cluster, name } = service;
  const { pending, running } = taskCountsOf(service);
  const loadBalancers = primaryOf(service)?.revision.loadBalancers ?? [];
  return {
    serviceArn: serviceArn(scope, cluster, name),
    serviceName: name,
    clusterArn: clusterArn(scope, cluster),
    loadBalancers,
    serviceRegistries: [],
    status: service.status,
    desiredCount: service.desiredCount,
    runningCount: running,
    pendingCount: pending,
    ...revisionView(service, scope),
    deploymentConfiguration: deploymentConfigurationView(service.deploymentConfiguration),
    deployments: service.deployments.map((deployment) => deploymentView(deployment, service, scope)),
    events: service.events.map(({ id, at, text }) => ({ id, createdAt: seconds(at), message: text })),
    createdAt: seconds(service.createdAt),
    ...currentView(service, scope),
    ...(loadBalancers.length > 0 && {
      healthCheckGracePeriodSeconds: service.healthCheckGracePeriodSeconds ?? 0,
    }),
    placementConstraints: service.placementConstraints,
    placementStrategy: service.placementStrategy,
    schedulingStrategy: service.schedulingStrategy,
    deploymentController: { type: 'ECS' },
    tags: fields.includes('TAGS') ? service.tags : [],
    createdBy: service.createdBy,
    ...(service.role !== undefined && { roleArn: roleArn(scope, service.role) }),
    enableECSManagedTags: service.enableECSManagedTags,
    propagateTags: service.propagateTags,
    enableExecuteCommand: false,
    availabilityZoneRebalancing: service.availabilityZoneRebalancing,
  };
}

/** Configuration of the PRIMARY deployment, or of the last one of a deleted service. */
function revisionView(service: Service, scope: Scope): Pick<Ecs.Service, 'launchType' | 'taskDefinition'> {
  const revision = primaryOf(service)?.revision;
  if (!revision) return {};
  const { launchType, taskDefinition } = revision;
  return { launchType, taskDefinition: taskDefinitionArn(scope, taskDefinition.family, taskDefinition.revision) };
}

/** The only supported strategy, in ECS's form. */
export function deploymentConfigurationView(configuration: RollingConfiguration): Ecs.DeploymentConfiguration {
  return { ...configuration, strategy: 'ROLLING', bakeTimeInMinutes: 0 };
}

function deploymentView(deployment: Deployment, service: Service, scope: Scope): Ecs.Deployment {
  const { launchType, taskDefinition } = deployment.revision;
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: taskDefinitionArn(scope, taskDefinition.family, taskDefinition.revision),
    desiredCount: desiredCountOf(deployment, service),
    pendingCount: deployment.pendingCount,
    runningCount: deployment.runningCount,
    failedTasks: deployment.failedTasks,
    createdAt: seconds(deployment.createdAt),
    updatedAt: seconds(deployment.updatedAt),
    launchType,
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutStateReason,
  };
}

/** Desired count of a replaced deployment: the number of its tasks without a stop request. */
function desiredCountOf(deployment: Deployment, { desiredCount }: Pick<Service, 'desiredCount'>): number {
  return deployment.status === 'PRIMARY' ? desiredCount : deployment.wantedCount;
}

/** Returns the newest service deployment, in progress or not, and the revisions of running tasks. */
function currentView(
  service: Service,
  scope: Scope,
): Pick<Ecs.Service, 'currentServiceDeployment' | 'currentServiceRevisions'> {
  const { cluster, name, deployments } = service;
  const primary = primaryOf(service);
  if (!primary) return {};
  return {
    currentServiceDeployment: serviceDeploymentArn(scope, cluster, name, primary.serviceDeployment),
    currentServiceRevisions: deployments.map((deployment) => ({
      arn: serviceRevisionArn(scope, cluster, name, deployment.revision.id),
      requestedTaskCount: desiredCountOf(deployment, service),
      runningTaskCount: deployment.runningCount,
      pendingTaskCount: deployment.pendingCount,
    })),
  };
}
