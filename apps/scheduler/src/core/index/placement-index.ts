import {
  type ClusterName,
  type ContainerInstance,
  type ReadonlyClusterState,
  type StateWatcher,
  type Task,
} from '@stowage/domain';
import { ClusterIndex } from './cluster-index';

/** The placement indexes of all clusters of one state. It is built once and follows every event. */
export class PlacementIndex implements StateWatcher {
  private static readonly known = new WeakMap<ReadonlyClusterState, PlacementIndex>();
  private readonly clusters = new Map<ClusterName, ClusterIndex>();

  private constructor(state: ReadonlyClusterState) {
    for (const instance of state.instances.values()) this.instanceChanged(undefined, instance);
    for (const task of state.tasks.values()) this.taskChanged(undefined, task);
    state.watch(this);
  }

  static of(state: ReadonlyClusterState): PlacementIndex {
    const known = PlacementIndex.known.get(state);
    if (known) return known;
    const index = new PlacementIndex(state);
    PlacementIndex.known.set(state, index);
    return index;
  }

  cluster(name: ClusterName): ClusterIndex {
    const known = this.clusters.get(name);
    if (known) return known;
    const index = new ClusterIndex();
    this.clusters.set(name, index);
    return index;
  }

  instanceChanged(before: ContainerInstance | undefined, after: ContainerInstance | undefined): void {
    if (after) this.cluster(after.cluster).putInstance(after);
    else if (before) this.cluster(before.cluster).removeInstance(before.id);
  }

  taskChanged(before: Task | undefined, after: Task | undefined): void {
    const cluster = (after ?? before)?.cluster;
    if (cluster !== undefined) this.cluster(cluster).taskChanged(before, after);
  }
}
