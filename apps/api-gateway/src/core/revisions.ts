import { type RevisionCounts, type Service, type ServiceDeployment, type ServiceRevision } from '@stowage/domain';

/** Returns the current task counts of one revision of a service. All are 0 if no deployment of the revision is left. */
export function revisionCounts(service: Service, revision: string): Omit<RevisionCounts, 'revision'> {
  const live = service.deployments.find((deployment) => deployment.revision.id === revision);
  if (!live) return { requested: 0, running: 0, pending: 0 };
  const { status, wantedCount, runningCount, pendingCount } = live;
  const requested = status === 'PRIMARY' ? service.desiredCount : wantedCount;
  return { requested, running: runningCount, pending: pendingCount };
}

/** Returns the target revision of a service deployment, or undefined if the deployment belongs to another service. */
export function targetRevision(
  deployment: ServiceDeployment | undefined,
  asked: Pick<ServiceDeployment, 'cluster' | 'service'>,
): ServiceRevision | undefined {
  if (deployment?.cluster !== asked.cluster || deployment.service !== asked.service) return undefined;
  return deployment.target;
}
