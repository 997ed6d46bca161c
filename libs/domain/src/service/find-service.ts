import type { ReadonlyClusterState } from '../state/cluster-state';
import { activeCluster } from '../cluster/find-cluster';
import type { ClusterName } from '../ids';
import { Refusal } from '../refusal';
import { type Service, serviceKey } from './records/service';

/** The service that a command is about. */
export interface ServiceReference {
  readonly cluster: ClusterName;
  readonly service: string;
  /** Whether the books ever had this service: one that they had and have no more is INACTIVE. */
  readonly existed: boolean;
}

/** ACTIVE or DRAINING. @throws Refusal with ECS's words when it is neither. */
export function knownService(state: ReadonlyClusterState, { cluster, service, existed }: ServiceReference): Service {
  activeCluster(state, cluster);
  const known = state.services.get(serviceKey(cluster, service));
  if (known) return known;
  throw existed ? notActive() : new Refusal('ServiceNotFoundException', 'Service not found.');
}

/** As {@link knownService}; a DRAINING one is refused too. */
export function activeService(state: ReadonlyClusterState, reference: ServiceReference): Service {
  const service = knownService(state, reference);
  if (service.status !== 'ACTIVE') throw notActive();
  return service;
}

function notActive(): Refusal {
  return new Refusal('ServiceNotActiveException', 'Service was not ACTIVE.');
}
