import type { ReadonlyClusterState } from '../state/cluster-state';
import type { ClusterName } from '../ids';
import { Refusal } from '../refusal';
import type { ClusterDeleted } from './records/cluster';
import { activeCluster } from './find-cluster';

/**
 * Decides DeleteCluster. Only an empty cluster can be deleted, and the checks are in ECS's order (ecs-api 5.1). Reads
 * everything in the cluster, so the commit must expect all of it unchanged. Otherwise a concurrent registration could
 * be missed.
 */
export function decideDeleteCluster(state: ReadonlyClusterState, name: ClusterName): readonly ClusterDeleted[] {
  const cluster = activeCluster(state, name);
  if (cluster.registeredContainerInstancesCount > 0) {
    throw new Refusal(
      'ClusterContainsContainerInstancesException',
      'The Cluster cannot be deleted while Container Instances are active or draining.',
    );
  }
  if (cluster.activeServicesCount > 0) {
    throw new Refusal('ClusterContainsServicesException', 'The Cluster cannot be deleted while Services are active.');
  }
  if (cluster.pendingTasksCount + cluster.runningTasksCount > 0) {
    throw new Refusal('ClusterContainsTasksException', 'The Cluster cannot be deleted while Tasks are active.');
  }
  return [{ type: 'ClusterDeleted', version: 1, cluster: name }];
}
