import { type InstanceConnectionChanged, type InstanceId, type ReadonlyClusterState } from '@stowage/domain';

/** An agent is heard again, or no more. Nothing when the books say so already. */
export function decideConnection(
  state: ReadonlyClusterState,
  id: InstanceId,
  connected: boolean,
): readonly InstanceConnectionChanged[] {
  const instance = state.instances.get(id);
  if (!instance || instance.status === 'INACTIVE' || instance.agentConnected === connected) return [];
  return [{ type: 'InstanceConnectionChanged', version: 1, cluster: instance.cluster, instance: id, connected }];
}
