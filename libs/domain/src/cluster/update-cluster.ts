import type { ReadonlyClusterState } from '../state/cluster-state';
import type * as Ecs from '../ecs/shapes';
import type { ClusterName } from '../ids';
import { sameJson } from '../same-json';
import type { ClusterUpdated } from './records/cluster';
import { checkClusterConfiguration, checkClusterSettings, mergedSettings } from './cluster-configuration';
import { activeCluster } from './find-cluster';

/** UpdateCluster, or UpdateClusterSettings with only settings. */
export interface UpdateCluster {
  readonly cluster: ClusterName;
  readonly settings?: readonly Ecs.ClusterSetting[] | undefined;
  readonly configuration?: Ecs.ClusterConfiguration | undefined;
  readonly serviceConnectDefaults?: Ecs.ClusterServiceConnectDefaultsRequest | undefined;
}

/**
 * Decides UpdateCluster. Settings are merged by name; other given members are replaced as a whole. Returns no event if
 * nothing changes.
 */
export function decideUpdateCluster(state: ReadonlyClusterState, command: UpdateCluster): readonly ClusterUpdated[] {
  const cluster = activeCluster(state, command.cluster);
  checkClusterSettings(command.settings);
  checkClusterConfiguration(command.configuration);
  const settings = command.settings && mergedSettings(cluster.settings, command.settings);
  const { configuration, serviceConnectDefaults } = command;
  const changes = {
    ...(settings && !sameJson(settings, cluster.settings) && { settings }),
    ...(configuration && !sameJson(configuration, cluster.configuration) && { configuration }),
    ...(serviceConnectDefaults &&
      serviceConnectDefaults.namespace !== (cluster.serviceConnectDefaults?.namespace ?? '') && {
        serviceConnectDefaults: { namespace: serviceConnectDefaults.namespace },
      }),
  };
  if (Object.keys(changes).length === 0) return [];
  return [{ type: 'ClusterUpdated', version: 1, cluster: cluster.name, ...changes }];
}
