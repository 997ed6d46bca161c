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

/** Parts of a service that are shown only when asked for. */
export type ServiceField = 'TAGS';

/** What CreateService, UpdateService and DeleteService answer with. */
export const SERVICE_FIELDS_OF_WRITES: readonly ServiceField[] = ['TAGS'];

/** `Service` of the API (ecs-api 5.7.1). */
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

/** What the PRIMARY deployment brings; of a deleted service, the last one. */
function revisionView(service: Service, scope: Scope): Pick<Ecs.Service, 'launchType' | 'taskDefinition'> {
  const revision = primaryOf(service)?.revision;
  if (!revision) return {};
  const { launchType, taskDefinition } = revision;
  return { launchType, taskDefinition: taskDefinitionArn(scope, taskDefinition.family, taskDefinition.revision) };
}

/** As ECS shows the strategy that is the only one yet. */
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

/** Of a deployment that is replaced: those of its tasks that are to go on for now. */
function desiredCountOf(deployment: Deployment, { desiredCount }: Pick<Service, 'desiredCount'>): number {
  return deployment.status === 'PRIMARY' ? desiredCount : deployment.wantedCount;
}

/** The newest service deployment, in progress or not, and the revisions that tasks run of. */
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
