import { type Cluster, clusterArn, type Ecs, type Scope } from '@stowage/domain';

/** Parts of a cluster that are returned only on request. */
export type ClusterField = 'ATTACHMENTS' | 'CONFIGURATIONS' | 'SETTINGS' | 'STATISTICS' | 'TAGS';

/** Parts in the responses of CreateCluster, UpdateCluster, UpdateClusterSettings and DeleteCluster. */
export const CLUSTER_FIELDS_OF_WRITES: readonly ClusterField[] = ['CONFIGURATIONS', 'SETTINGS', 'TAGS'];

/** Returns the API's `Cluster`. Parts that were not requested are empty lists, as in ECS (ecs-api 5.1). */
export function clusterView(cluster: Cluster, scope: Scope, fields: readonly ClusterField[]): Ecs.Cluster {
  return {
    clusterArn: clusterArn(scope, cluster.name),
    clusterName: cluster.name,
    status: cluster.status,
    registeredContainerInstancesCount: cluster.registeredContainerInstancesCount,
    runningTasksCount: cluster.runningTasksCount,
    pendingTasksCount: cluster.pendingTasksCount,
    activeServicesCount: cluster.activeServicesCount,
    statistics: fields.includes('STATISTICS') ? statisticsView(cluster) : [],
    tags: fields.includes('TAGS') ? cluster.tags : [],
    settings: fields.includes('SETTINGS') ? cluster.settings : [],
    ...(fields.includes('CONFIGURATIONS') && cluster.configuration && { configuration: cluster.configuration }),
    capacityProviders: cluster.capacityProviders,
    defaultCapacityProviderStrategy: cluster.defaultCapacityProviderStrategy,
    // Capacity providers do not attach resources yet, so the requested list is empty.
    ...(fields.includes('ATTACHMENTS') && { attachments: [] }),
    ...(cluster.serviceConnectDefaults && { serviceConnectDefaults: cluster.serviceConnectDefaults }),
  };
}

// The capitalisation is ECS's (model, Cluster.statistics). All tasks run on container instances, so they count as EC2.
function statisticsView(cluster: Cluster): readonly Ecs.KeyValuePair[] {
  const counts: readonly (readonly [string, number])[] = [
    ['runningEC2TasksCount', cluster.runningTasksCount],
    ['RunningFargateTasksCount', 0],
    ['pendingEC2TasksCount', cluster.pendingTasksCount],
    ['PendingFargateTasksCount', 0],
    ['activeEC2ServiceCount', cluster.activeServicesCount],
    ['activeFargateServiceCount', 0],
    ['drainingEC2ServiceCount', 0],
    ['drainingFargateServiceCount', 0],
  ];
  return counts.map(([name, value]) => ({ name, value: String(value) }));
}
