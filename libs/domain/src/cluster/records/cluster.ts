import type * as Ecs from '../../ecs/shapes';
import type { EpochMs, ClusterName } from '../../ids';

/** State of one cluster. */
export interface Cluster {
  readonly name: ClusterName;
  readonly status: 'ACTIVE' | 'INACTIVE';
  readonly settings: readonly Ecs.ClusterSetting[];
  readonly configuration?: Ecs.ClusterConfiguration;
  readonly serviceConnectDefaults?: { readonly namespace: string } | undefined;
  readonly capacityProviders: readonly string[];
  readonly defaultCapacityProviderStrategy: readonly Ecs.CapacityProviderStrategyItem[];
  readonly tags: readonly Ecs.Tag[];
  readonly createdAt: EpochMs;
  /** Counters that the fold maintains. `registeredContainerInstancesCount` counts ACTIVE and DRAINING instances. */
  readonly registeredContainerInstancesCount: number;
  readonly runningTasksCount: number;
  readonly pendingTasksCount: number;
  readonly activeServicesCount: number;
}

/** The configuration that CreateCluster sets. A cluster that was INACTIVE keeps none of its previous configuration. */
export interface ClusterCreated {
  readonly type: 'ClusterCreated';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly settings: readonly Ecs.ClusterSetting[];
  readonly configuration?: Ecs.ClusterConfiguration;
  readonly serviceConnectDefaults?: { readonly namespace: string };
  readonly capacityProviders: readonly string[];
  readonly defaultCapacityProviderStrategy: readonly Ecs.CapacityProviderStrategyItem[];
  readonly tags: readonly Ecs.Tag[];
}

/**
 * UpdateCluster and UpdateClusterSettings. Absent members are unchanged, and an empty namespace removes the default.
 */
export interface ClusterUpdated {
  readonly type: 'ClusterUpdated';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly settings?: readonly Ecs.ClusterSetting[];
  readonly configuration?: Ecs.ClusterConfiguration;
  readonly serviceConnectDefaults?: { readonly namespace: string };
}

export interface ClusterDeleted {
  readonly type: 'ClusterDeleted';
  readonly version: 1;
  readonly cluster: ClusterName;
}

/** The complete new set of tags. */
export interface ClusterTagsSet {
  readonly type: 'ClusterTagsSet';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly tags: readonly Ecs.Tag[];
}

export type ClusterEvent = ClusterCreated | ClusterUpdated | ClusterDeleted | ClusterTagsSet;

export function evolveCluster(cluster: Cluster | undefined, event: ClusterEvent, at: EpochMs): Cluster | undefined {
  switch (event.type) {
    case 'ClusterCreated':
      return {
        name: event.cluster,
        status: 'ACTIVE',
        settings: event.settings,
        ...(event.configuration && { configuration: event.configuration }),
        ...(event.serviceConnectDefaults && { serviceConnectDefaults: event.serviceConnectDefaults }),
        capacityProviders: event.capacityProviders,
        defaultCapacityProviderStrategy: event.defaultCapacityProviderStrategy,
        tags: event.tags,
        createdAt: at,
        registeredContainerInstancesCount: 0,
        runningTasksCount: 0,
        pendingTasksCount: 0,
        activeServicesCount: 0,
      };
    case 'ClusterUpdated':
      return cluster && { ...cluster, ...given(event) };
    case 'ClusterDeleted':
      return cluster && { ...cluster, status: 'INACTIVE', tags: [] };
    case 'ClusterTagsSet':
      return cluster && { ...cluster, tags: event.tags };
  }
}

function given(event: ClusterUpdated): Partial<Cluster> {
  return {
    ...(event.settings && { settings: event.settings }),
    ...(event.configuration && { configuration: event.configuration }),
    // An empty namespace removes the default.
    ...(event.serviceConnectDefaults && {
      serviceConnectDefaults: event.serviceConnectDefaults.namespace === '' ? undefined : event.serviceConnectDefaults,
    }),
  };
}
