import type { ReadonlyClusterState } from '../state/cluster-state';
import type * as Ecs from '../ecs/shapes';
import type { ClusterName } from '../ids';
import { invalidParameter } from '../refusal';
import { activeCluster } from './find-cluster';

/** The capacity providers that every ECS account has. Others cannot be created yet. */
export const BUILT_IN_CAPACITY_PROVIDERS = ['FARGATE', 'FARGATE_SPOT'] as const;
export type BuiltInCapacityProvider = (typeof BUILT_IN_CAPACITY_PROVIDERS)[number];

/** Decides PutClusterCapacityProviders. Only two empty lists are accepted, which every cluster has. */
export function decidePutClusterCapacityProviders(
  state: ReadonlyClusterState,
  { cluster, ...given }: { readonly cluster: ClusterName } & GivenCapacityProviders,
): readonly never[] {
  activeCluster(state, cluster);
  checkCapacityProviders(given);
  return [];
}

type GivenCapacityProviders = Pick<Ecs.CreateClusterRequest, 'capacityProviders' | 'defaultCapacityProviderStrategy'>;

/** @throws Refusal for any capacity provider, because tasks run on container instances only. */
export function checkCapacityProviders({
  capacityProviders: [first] = [],
  defaultCapacityProviderStrategy: strategy = [],
}: GivenCapacityProviders): void {
  if (first !== undefined) {
    const isBuiltIn = BUILT_IN_CAPACITY_PROVIDERS.some((name) => name === first);
    throw invalidParameter(
      `The specified capacity provider '${first}' ${isBuiltIn ? 'cannot be used' : 'was not found'}. ` +
        "Stowage runs tasks on container instances only: leave 'capacityProviders' empty.",
    );
  }
  if (strategy.length > 0) {
    throw invalidParameter(
      'The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again.',
    );
  }
}
