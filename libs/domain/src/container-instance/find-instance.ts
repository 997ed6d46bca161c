import type { ReadonlyClusterState } from '../state/cluster-state';
import type { ClusterName, InstanceId } from '../ids';
import { invalidParameter } from '../refusal';
import type { ContainerInstance } from './records/container-instance';

/** Returns the ACTIVE or DRAINING instance with that id in that cluster, or undefined. */
export function registeredInstance(
  state: Pick<ReadonlyClusterState, 'instances'>,
  cluster: ClusterName,
  id: InstanceId,
): ContainerInstance | undefined {
  const instance = state.instances.get(id);
  return instance?.cluster === cluster && instance.status !== 'INACTIVE' ? instance : undefined;
}

/** Like {@link registeredInstance}, for commands about one instance. @throws Refusal if the instance does not exist. */
export function knownInstance(
  state: Pick<ReadonlyClusterState, 'instances'>,
  cluster: ClusterName,
  id: InstanceId,
): ContainerInstance {
  const instance = registeredInstance(state, cluster, id);
  if (!instance) throw invalidParameter(`Referenced container instance ${id} not found.`);
  return instance;
}
