import type { ReadonlyClusterState } from '../state/cluster-state';
import type { ClusterName, InstanceId } from '../ids';
import { invalidParameter } from '../refusal';
import type { ContainerInstance } from './records/container-instance';

/** The ACTIVE or DRAINING instance of that id in that cluster, if there is one. */
export function registeredInstance(
  state: Pick<ReadonlyClusterState, 'instances'>,
  cluster: ClusterName,
  id: InstanceId,
): ContainerInstance | undefined {
  const instance = state.instances.get(id);
  return instance?.cluster === cluster && instance.status !== 'INACTIVE' ? instance : undefined;
}

/** As {@link registeredInstance}, for commands about one instance. @throws Refusal when there is none. */
export function knownInstance(
  state: Pick<ReadonlyClusterState, 'instances'>,
  cluster: ClusterName,
  id: InstanceId,
): ContainerInstance {
  const instance = registeredInstance(state, cluster, id);
  if (!instance) throw invalidParameter(`Referenced container instance ${id} not found.`);
  return instance;
}
