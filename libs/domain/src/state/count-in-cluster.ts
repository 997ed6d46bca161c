import type { ClusterName } from '../ids';
import type { StateStore } from './state-store';

/** Changes the counters of a cluster. Does nothing if the cluster is unknown. */
export function countInCluster(
  store: StateStore,
  name: ClusterName,
  delta: {
    readonly registered?: number;
    readonly pending?: number;
    readonly running?: number;
    readonly services?: number;
  },
): void {
  const cluster = store.get('cluster', name);
  if (!cluster) return;
  store.put('cluster', {
    ...cluster,
    registeredContainerInstancesCount: cluster.registeredContainerInstancesCount + (delta.registered ?? 0),
    pendingTasksCount: cluster.pendingTasksCount + (delta.pending ?? 0),
    runningTasksCount: cluster.runningTasksCount + (delta.running ?? 0),
    activeServicesCount: cluster.activeServicesCount + (delta.services ?? 0),
  });
}
