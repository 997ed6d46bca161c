import { type InstanceConnectionChanged, type InstanceId, type ReadonlyClusterState } from '@stowage/domain';

/** Returns the event that an agent was connected or disconnected; none if the state already has it. */
export function decideConnection(
  state: ReadonlyClusterState,
  id: InstanceId,
  connected: boolean,
): readonly InstanceConnectionChanged[] {
  const instance = state.instances.get(id);
  if (!instance || instance.status === 'INACTIVE' || instance.agentConnected === connected) return [];
  return [{ type: 'InstanceConnectionChanged', version: 1, cluster: instance.cluster, instance: id, connected }];
}
