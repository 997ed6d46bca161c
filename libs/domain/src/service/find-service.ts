import type { ReadonlyClusterState } from '../state/cluster-state';
import { activeCluster } from '../cluster/find-cluster';
import type { ClusterName } from '../ids';
import { Refusal } from '../refusal';
import { type Service, serviceKey } from './records/service';

/** The service that a command refers to. */
export interface ServiceReference {
  readonly cluster: ClusterName;
  readonly service: string;
  /** True if the service existed before. A service that existed and has left the state is INACTIVE. */
  readonly existed: boolean;
}

/** Returns an ACTIVE or DRAINING service. @throws Refusal in ECS's words if there is none. */
export function knownService(state: ReadonlyClusterState, { cluster, service, existed }: ServiceReference): Service {
  activeCluster(state, cluster);
  const known = state.services.get(serviceKey(cluster, service));
  if (known) return known;
  throw existed ? notActive() : new Refusal('ServiceNotFoundException', 'Service not found.');
}

/** Like {@link knownService}. @throws Refusal also for a DRAINING service. */
export function activeService(state: ReadonlyClusterState, reference: ServiceReference): Service {
  const service = knownService(state, reference);
  if (service.status !== 'ACTIVE') throw notActive();
  return service;
}

function notActive(): Refusal {
  return new Refusal('ServiceNotActiveException', 'Service was not ACTIVE.');
}
