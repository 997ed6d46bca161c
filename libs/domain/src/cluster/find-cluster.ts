import type { ReadonlyClusterState } from '../state/cluster-state';
import type { ClusterName } from '../ids';
import { Refusal } from '../refusal';
import type { Cluster } from './records/cluster';

/** The cluster that a command is about; of a deleted one every command is refused (ecs-api 5.1). */
export function activeCluster(state: Pick<ReadonlyClusterState, 'clusters'>, name: ClusterName): Cluster {
  const cluster = state.clusters.get(name);
  if (!cluster) throw new Refusal('ClusterNotFoundException', 'Cluster not found.');
  if (cluster.status === 'INACTIVE') {
    throw new Refusal('ClusterNotFoundException', 'The referenced cluster was inactive.');
  }
  return cluster;
}
