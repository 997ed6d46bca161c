import { type RunningApp, type Runtime, startOwner } from '@stowage/runtime';
import { ClusterManagerModule } from './cluster-manager.module';
import type { ClusterManagerConfig } from './config';
import { startAgentSide } from './shell/agents';

/** Starts a cluster manager on `runtime`. Any number of them may work side by side. */
export async function startClusterManager(runtime: Runtime, config: ClusterManagerConfig): Promise<RunningApp> {
  const operations = await startOwner(runtime, 'cluster-manager', ClusterManagerModule.of(config));
  try {
    const agentSide = await startAgentSide(runtime, config);
    return {
      close: async () => {
        await agentSide.close();
        await operations.close();
      },
    };
  } catch (error) {
    await operations.close();
    throw error;
  }
}
