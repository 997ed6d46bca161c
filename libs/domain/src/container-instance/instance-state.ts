import type { ReadonlyClusterState } from '../state/cluster-state';
import { activeCluster } from '../cluster/find-cluster';
import type { ClusterName, InstanceId } from '../ids';
import { invalidParameter, Refusal } from '../refusal';
import type { InstanceStatusChanged } from './records/container-instance';
import { knownInstance, registeredInstance } from './find-instance';

/** Largest number of instances in one UpdateContainerInstancesState (ecs-api 4.3). */
export const INSTANCES_PER_STATE_UPDATE_MAX = 10;

export interface UpdateInstancesState {
  readonly cluster: ClusterName;
  readonly instances: readonly InstanceId[];
  readonly status: string;
}

/** The outcome: the updated instances, and the ids that were not found. */
export interface InstancesStateDecision {
  readonly events: readonly InstanceStatusChanged[];
  readonly found: readonly InstanceId[];
  readonly missing: readonly InstanceId[];
}

/**
 * Decides UpdateContainerInstancesState. An ACTIVE instance accepts placements, a DRAINING one does not. Tasks without
 * a service are unaffected (ecs-api 5.2).
 */
export function decideInstancesState(
  state: ReadonlyClusterState,
  { cluster, instances, status }: UpdateInstancesState,
): InstancesStateDecision {
  activeCluster(state, cluster);
  if (status !== 'ACTIVE' && status !== 'DRAINING') {
    throw invalidParameter('Container instance status should be one of [ACTIVE, DRAINING]');
  }
  if (instances.length === 0) throw invalidParameter('Container instances cannot be empty.');
  if (instances.length > INSTANCES_PER_STATE_UPDATE_MAX) {
    throw invalidParameter(`instanceIds can have at most ${INSTANCES_PER_STATE_UPDATE_MAX} items.`);
  }
  const ids = [...new Set(instances)];
  const found = ids.filter((id) => registeredInstance(state, cluster, id));
  return {
    events: found
      .filter((id) => state.instances.get(id)?.status !== status)
      .map((instance) => ({ type: 'InstanceStatusChanged', version: 1, cluster, instance, status })),
    found,
    missing: ids.filter((id) => !found.includes(id)),
  };
}

/** Decides UpdateContainerAgent. Stowage's agent does not update itself, so there is never an update (ecs-api 5.2). */
export function decideUpdateAgent(state: ReadonlyClusterState, cluster: ClusterName, id: InstanceId): never {
  activeCluster(state, cluster);
  knownInstance(state, cluster, id);
  throw new Refusal('NoUpdateAvailableException', 'There is no update available for your container agent.');
}
