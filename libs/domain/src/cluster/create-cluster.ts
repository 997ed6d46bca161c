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
  /** ARN of the principal: its account settings give the defaults. */
  readonly principal: string;
}

/** The name that CreateCluster means: without one, `default`. */
export const createdClusterName = (input: Ecs.CreateClusterRequest): string => input.clusterName ?? 'default';

/**
 * A new cluster, or a deleted one anew. An ACTIVE one of that name is the answer, without an event, unless what is
 * asked for differs from what it is (ecs-api 5.1).
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

/** What is not given agrees with anything; tags are not compared. */
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
