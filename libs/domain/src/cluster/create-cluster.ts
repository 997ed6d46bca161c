import type { ReadonlyClusterState } from '../state/cluster-state';
import type * as Ecs from '../ecs/shapes';
import { clusterName, NAME_PATTERN } from '../ids';
import { invalidParameter } from '../refusal';
import { sameJson } from '../same-json';
import { checkTags, keptTags } from '../tags';
import { checkCapacityProviders } from './capacity-providers';
import type { Cluster, ClusterCreated } from './records/cluster';
import { checkClusterConfiguration, checkClusterSettings, settingsOfNewCluster } from './cluster-configuration';

export interface CreateCluster {
  readonly input: Ecs.CreateClusterRequest;
  /** ARN of the principal, whose account settings provide the defaults. */
  readonly principal: string;
}

/** Returns the cluster name of a CreateCluster request, which is `default` if the request has none. */
export const createdClusterName = (input: Ecs.CreateClusterRequest): string => input.clusterName ?? 'default';

/**
 * Decides CreateCluster: a new cluster, or a deleted one created again. Returns no event if an ACTIVE cluster of that
 * name matches the request (ecs-api 5.1).
 *
 * @throws Refusal if an ACTIVE cluster of that name differs from the request, or the request is not valid.
 */
export function decideCreateCluster(
  state: ReadonlyClusterState,
  { input, principal }: CreateCluster,
): readonly ClusterCreated[] {
  const name = createdClusterName(input);
  if (name === '') throw invalidParameter('Cluster can not be blank.');
  if (!NAME_PATTERN.test(name)) throw invalidParameter('Cluster name contains invalid characters.');
  checkClusterSettings(input.settings);
  checkClusterConfiguration(input.configuration);
  checkCapacityProviders(input);
  checkTags(input.tags ?? []);
  const existing = state.clusters.get(clusterName(name));
  if (existing?.status === 'ACTIVE') {
    if (!agrees(existing, input)) {
      throw invalidParameter(
        'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
      );
    }
    return [];
  }
  return [
    {
      type: 'ClusterCreated',
      version: 1,
      cluster: clusterName(name),
      settings: settingsOfNewCluster(input.settings, state.accountSettings(), principal),
      ...(input.configuration && { configuration: input.configuration }),
      ...(input.serviceConnectDefaults?.namespace && {
        serviceConnectDefaults: { namespace: input.serviceConnectDefaults.namespace },
      }),
      capacityProviders: [],
      defaultCapacityProviderStrategy: [],
      tags: keptTags(input.tags),
    },
  ];
}

/** A member that the request omits matches any value. Tags are not compared. */
function agrees(cluster: Cluster, input: Ecs.CreateClusterRequest): boolean {
  const { settings, configuration, serviceConnectDefaults } = input;
  const settingsAgree = (settings ?? []).every(({ name, value }) =>
    cluster.settings.some((setting) => setting.name === name && setting.value === value),
  );
  return (
    settingsAgree &&
    (configuration === undefined || sameJson(configuration, cluster.configuration)) &&
    (serviceConnectDefaults === undefined ||
      serviceConnectDefaults.namespace === (cluster.serviceConnectDefaults?.namespace ?? ''))
  );
}
