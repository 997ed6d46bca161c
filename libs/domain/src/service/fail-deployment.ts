import type { Random } from '../seeded-random';
import { failureThreshold } from './records/limits';
import { deploymentFailed, rollingBack } from './records/messages';
import { messagesOf, randomDeploymentId } from './random-ids';
import type { Deployment, Service, ServiceRevision } from './records/service';
import type { DeploymentFailed, DeploymentStarted } from './records/service-events';

export interface FailDeployment {
  readonly failed: Deployment;
  readonly reason: DeploymentFailed['reason'];
  readonly random: Random;
}

/**
 * Returns the failure of a deployment and, if there is a completed revision, the start of its rollback, for one
 * transaction. The circuit breaker rolls back only if the user enabled it.
 */
export function failDeployment(
  service: Service,
  { failed, reason, random }: FailDeployment,
): readonly [DeploymentFailed] | readonly [DeploymentFailed, DeploymentStarted] {
  const { cluster, name, deploymentConfiguration } = service;
  const about = { version: 1, cluster, service: name, serviceDeployment: failed.serviceDeployment } as const;
  const { deploymentCircuitBreaker: breaker } = deploymentConfiguration;
  const target = reason === 'stop-requested' || breaker.rollback ? rollbackTarget(service, failed) : undefined;
  const isTripped = reason === 'circuit-breaker';
  const cause = isTripped ? failed.lastFailure : undefined;
  const event: DeploymentFailed = {
    ...about,
    type: 'DeploymentFailed',
    deployment: failed.id,
    reason,
    failedTasks: failed.failedTasks,
    threshold: failureThreshold(breaker, service.desiredCount),
    rollback: target !== undefined,
    ...(cause !== undefined && { cause }),
    messages: isTripped ? messagesOf([deploymentFailed(name, failed.id, cause)], random) : [],
  };
  if (!target) return [event];
  // A deployment that still has tasks is reused, so that its running tasks need not be replaced.
  const live = service.deployments.find(({ revision }) => revision.id === target.id);
  const deployment = live?.id ?? randomDeploymentId(random);
  const { createdAt: _, ...revision } = target;
  const started: DeploymentStarted = {
    ...about,
    type: 'DeploymentStarted',
    deployment,
    revision,
    reason: reason === 'circuit-breaker' ? 'rollback' : 'rollback-requested',
    messages: messagesOf([rollingBack(name, deployment)], random),
  };
  return [event, started];
}

/** Returns the revision of the last COMPLETED deployment, unless that deployment is the failed one. */
export function rollbackTarget(service: Service, failed: Deployment): ServiceRevision | undefined {
  const { lastCompleted } = service;
  return lastCompleted?.id === failed.revision.id ? undefined : lastCompleted;
}
