import { type RunningApp, type Runtime, startOwner } from '@stowage/runtime';
import { ClusterManagerModule } from './cluster-manager.module';
import type { ClusterManagerConfig } from './config';

/** Starts a cluster manager on `runtime`. Any number of them may run at the same time. */
export function startClusterManager(runtime: Runtime, config: ClusterManagerConfig): Promise<RunningApp> {
  return startOwner(runtime, 'cluster-manager', ClusterManagerModule, config);
}
