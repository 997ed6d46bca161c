import {
  clusterArn,
  type Ecs,
  type RevisionCounts,
  type Scope,
  serviceArn,
  type ServiceDeployment,
  serviceDeploymentArn,
  type ServiceRevision,
  serviceRevisionArn,
  type TaskDefinition,
  taskDefinitionArn,
} from '@stowage/domain';
import { seconds, secondsMember } from './seconds';
import { deploymentConfigurationView } from './service.view';

type Arns = Pick<Ecs.ServiceDeployment, 'clusterArn' | 'serviceArn'>;

function arnsOf({ cluster, service }: Pick<ServiceDeployment, 'cluster' | 'service'>, scope: Scope): Arns {
  return { serviceArn: serviceArn(scope, cluster, service), clusterArn: clusterArn(scope, cluster) };
}

/** Returns the API's `ServiceDeploymentBrief`, which is an entry of ListServiceDeployments. */
export function serviceDeploymentBriefView(deployment: ServiceDeployment, scope: Scope): Ecs.ServiceDeploymentBrief {
  const { cluster, service, id, target, status, statusReason } = deployment;
  return {
    serviceDeploymentArn: serviceDeploymentArn(scope, cluster, service, id),
    ...arnsOf(deployment, scope),
    createdAt: seconds(deployment.createdAt),
    startedAt: seconds(deployment.createdAt),
    ...secondsMember('finishedAt', deployment.finishedAt),
    targetServiceRevisionArn: serviceRevisionArn(scope, cluster, service, target.id),
    status,
    ...(statusReason !== undefined && { statusReason }),
  };
}

/** Returns the API's `ServiceDeployment`. `current`: the current task counts of its target revision, if known. */
export function serviceDeploymentView(
  deployment: ServiceDeployment,
  scope: Scope,
  current: Omit<RevisionCounts, 'revision'> | undefined,
): Ecs.ServiceDeployment {
  const { cluster, service, id, target, status, statusReason, configuration, rollback } = deployment;
  const revisionArn = (revision: string): string => serviceRevisionArn(scope, cluster, service, revision);
  return {
    serviceDeploymentArn: serviceDeploymentArn(scope, cluster, service, id),
    ...arnsOf(deployment, scope),
    createdAt: seconds(deployment.createdAt),
    startedAt: seconds(deployment.createdAt),
    updatedAt: seconds(deployment.updatedAt),
    ...secondsMember('finishedAt', deployment.finishedAt),
    ...secondsMember('stoppedAt', deployment.stoppedAt),
    sourceServiceRevisions: deployment.sources.map((source) => summaryView(revisionArn(source.revision.id), source)),
    targetServiceRevision: summaryView(revisionArn(target.id), current),
    status,
    ...(statusReason !== undefined && { statusReason }),
    ...lifecycleView(deployment),
    deploymentConfiguration: deploymentConfigurationView(configuration),
    ...(rollback && {
      rollback: {
        reason: rollback.reason,
        startedAt: seconds(rollback.startedAt),
        serviceRevisionArn: revisionArn(rollback.revision),
      },
    }),
    deploymentCircuitBreaker: circuitBreakerView(deployment),
    alarms: { status: 'DISABLED', alarmNames: [], triggeredAlarmNames: [] },
  };
}

function summaryView(arn: string, counts: Omit<RevisionCounts, 'revision'> | undefined): Ecs.ServiceRevisionSummary {
  if (!counts) return { arn };
  const { requested, running, pending } = counts;
  return { arn, requestedTaskCount: requested, runningTaskCount: running, pendingTaskCount: pending };
}

/** A rolling deployment has one stage: it scales up the new tasks and scales down the old ones until it has ended. */
function lifecycleView({ finishedAt }: ServiceDeployment): Pick<Ecs.ServiceDeployment, 'lifecycleStage'> {
  return finishedAt === undefined ? { lifecycleStage: 'SCALE_UP' } : {};
}

function circuitBreakerView(deployment: ServiceDeployment): Ecs.ServiceDeploymentCircuitBreaker {
  const { configuration, failure, finishedAt } = deployment;
  if (!configuration.deploymentCircuitBreaker.enable) return { status: 'DISABLED' };
  if (failure) return { status: 'TRIGGERED', failureCount: failure.failedTasks, threshold: failure.threshold };
  return { status: finishedAt === undefined ? 'MONITORING' : 'MONITORING_COMPLETE' };
}

/**
 * Returns the API's `ServiceRevision`: the configuration of a deployment, with the images of its task definition if
 * that exists.
 */
export function serviceRevisionView(
  of: Pick<ServiceDeployment, 'cluster' | 'service'>,
  revision: ServiceRevision,
  { scope, definition }: { readonly scope: Scope; readonly definition: TaskDefinition | undefined },
): Ecs.ServiceRevision {
  const { family, revision: number } = revision.taskDefinition;
  return {
    serviceRevisionArn: serviceRevisionArn(scope, of.cluster, of.service, revision.id),
    ...arnsOf(of, scope),
    taskDefinition: taskDefinitionArn(scope, family, number),
    launchType: revision.launchType,
    loadBalancers: revision.loadBalancers ?? [],
    serviceRegistries: [],
    ...(definition && {
      containerImages: definition.definition.containerDefinitions.map(({ name, image }) => ({
        ...(name !== undefined && { containerName: name }),
        ...(image !== undefined && { image }),
      })),
    }),
    guardDutyEnabled: false,
    createdAt: seconds(revision.createdAt),
  };
}
