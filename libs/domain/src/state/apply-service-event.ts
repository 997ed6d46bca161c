import { evolveService } from '../service/records/evolve-service';
import { serviceKey } from '../service/records/service';
import { evolveServiceDeployment, serviceDeploymentsOf } from '../service/records/service-deployment';
import { countInCluster } from './count-in-cluster';
import type { EventApplication } from './event-application';

/**
 * Applies events of a service, which also change its service deployments and the cluster's count of active services.
 */
export const SERVICE_EVENTS: EventApplication<'service'> = {
  apply(store, event, at) {
    const before = store.get('service', serviceKey(event.cluster, event.service));
    const after = evolveService(before, event, at);
    if (!after) return;
    store.put('service', after);
    if (event.type === 'ServiceCreated') countInCluster(store, event.cluster, { services: 1 });
    if (event.type === 'ServiceDeletionRequested') countInCluster(store, event.cluster, { services: -1 });
    for (const id of serviceDeploymentsOf(event)) {
      const known = store.get('service-deployment', id);
      const next = evolveServiceDeployment(event, { id, known, service: before ?? after, at });
      if (next) store.put('service-deployment', next);
    }
  },
  touched: (event) => ({
    cluster: [event.cluster],
    service: [serviceKey(event.cluster, event.service)],
    'service-deployment': serviceDeploymentsOf(event),
  }),
};
