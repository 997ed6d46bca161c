import { type RevisionCounts, type Service, type ServiceDeployment, type ServiceRevision } from '@stowage/domain';

/** What tasks of one revision a service has now; none when no deployment of it is left. */
export function revisionCounts(service: Service, revision: string): Omit<RevisionCounts, 'revision'> {
  const live = service.deployments.find((deployment) => deployment.revision.id === revision);
  if (!live) return { requested: 0, running: 0, pending: 0 };
  const { status, wantedCount, runningCount, pendingCount } = live;
  const requested = status === 'PRIMARY' ? service.desiredCount : wantedCount;
  return { requested, running: runningCount, pending: pendingCount };
}

/** The revision that a service deployment brought, if it is one of the service that was asked about. */
export function revisionBrought(
  deployment: ServiceDeployment | undefined,
  asked: Pick<ServiceDeployment, 'cluster' | 'service'>,
): ServiceRevision | undefined {
  if (deployment?.cluster !== asked.cluster || deployment.service !== asked.service) return undefined;
  return deployment.target;
}
