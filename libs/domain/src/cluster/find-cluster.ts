import type { ReadonlyClusterState } from '../state/cluster-state';
import type { ClusterName } from '../ids';
import { Refusal } from '../refusal';
import type { Cluster } from './records/cluster';

/**
 * Returns the cluster of a command.
 *
 * @throws Refusal if the cluster is unknown or deleted (ecs-api 5.1).
 */
export function activeCluster(state: Pick<ReadonlyClusterState, 'clusters'>, name: ClusterName): Cluster {
  const cluster = state.clusters.get(name);
  if (!cluster) throw new Refusal('ClusterNotFoundException', 'Cluster not found.');
  if (cluster.status === 'INACTIVE') {
    throw new Refusal('ClusterNotFoundException', 'The referenced cluster was inactive.');
  }
  return cluster;
}
