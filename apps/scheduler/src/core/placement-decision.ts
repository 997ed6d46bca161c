import type {
  ClusterName,
  ContainerInstance,
  InstanceId,
  PlacedTask,
  Random,
  ReadonlyClusterState,
  ServiceStepTaken,
  TasksPlaced,
} from '@stowage/domain';
import type { Share } from './pick';
import type { InstanceRefusal } from './placement-request';
import type { TaskIds } from './task-template';

/** What a decision is made from, beside the request itself: all that is not in it is chance or the clock. */
export interface Situation {
  readonly state: ReadonlyClusterState;
  readonly random: Random;
  /** The part of the instances that this scheduler prefers; without it, none. */
  readonly share?: Share;
  /** As many as tasks were asked for. */
  readonly ids: readonly TaskIds[];
}

/** Hashes of a client token and of the parameters that came with it. */
export interface TokenHashes {
  readonly tokenHash: string;
  readonly parametersHash: string;
}

/** A task and where it went. */
export interface TaskPlacement {
  readonly instance: InstanceId;
  readonly task: PlacedTask;
}

/** What becomes of a request to place tasks. */
export interface PlacementDecision {
  readonly kind: 'decided';
  /** One per chosen instance. None: nothing found a place, and nothing is written. */
  readonly events: readonly TasksPlaced[];
  /** Of tasks for a service: its step, in the same transaction, after the placements. */
  readonly step?: ServiceStepTaken;
  readonly placements: readonly TaskPlacement[];
  readonly refusals: readonly InstanceRefusal[];
}

/** As {@link PlacementDecision}. `stale`: the service is not what the controller saw, and nothing may be placed. */
export type ServicePlacementDecision = PlacementDecision | { readonly kind: 'stale' };

/** The chosen placements as events: one per ledger, whatever the number of tasks on it. */
export function decided(
  cluster: ClusterName,
  placements: readonly TaskPlacement[],
  refusals: readonly InstanceRefusal[],
  clientToken?: TokenHashes,
): PlacementDecision {
  const byInstance = new Map<ContainerInstance['id'], PlacedTask[]>();
  for (const { instance, task } of placements) {
    const tasks = byInstance.get(instance);
    if (tasks) tasks.push(task);
    else byInstance.set(instance, [task]);
  }
  const events = [...byInstance].map(([instance, tasks]) => ({
    type: 'TasksPlaced' as const,
    version: 1 as const,
    cluster,
    instance,
    tasks,
    ...(clientToken && { clientToken }),
  }));
  return { kind: 'decided', events, placements, refusals };
}
