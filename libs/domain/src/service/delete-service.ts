import type { ReadonlyClusterState } from '../state/cluster-state';
import { invalidParameter } from '../refusal';
import { knownService, type ServiceReference } from './find-service';
import { primaryOf, type Service, serviceKey } from './records/service';
import type { ServiceDeleted, ServiceDeletionRequested } from './records/service-events';

export interface DeleteService extends ServiceReference {
  readonly force: boolean;
}

/**
 * Decides DeleteService. The service is DRAINING while it has tasks, else INACTIVE immediately (ecs-api 5.7.5). A
 * DRAINING service stays unchanged.
 */
export function decideDeleteService(
  state: ReadonlyClusterState,
  command: DeleteService,
): readonly (ServiceDeletionRequested | ServiceDeleted)[] {
  const service = knownService(state, command);
  if (service.status !== 'ACTIVE') return [];
  if (!command.force && service.schedulingStrategy === 'REPLICA') checkIsDown(service);
  const { cluster, name } = service;
  const inProgress = primaryOf(service)?.serviceDeployment;
  const requested: ServiceDeletionRequested = {
    type: 'ServiceDeletionRequested',
    version: 1,
    cluster,
    service: name,
    ...(inProgress !== undefined && state.serviceDeployments.has(inProgress) && { serviceDeployment: inProgress }),
  };
  if (state.tasksOf(serviceKey(cluster, name)).size > 0) return [requested];
  return [requested, { type: 'ServiceDeleted', version: 1, cluster, service: name }];
}

function checkIsDown({ desiredCount, deployments }: Service): void {
  if (desiredCount > 0) throw invalidParameter('The service cannot be stopped while it is scaled above 0.');
  if (deployments.some(({ status, wantedCount }) => status === 'ACTIVE' && wantedCount > 0)) {
    throw invalidParameter('The service cannot be stopped while deployments are active.');
  }
}
