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

/** The inputs of a decision in addition to the request. Chance and the clock are part of them. */
export interface Situation {
  readonly state: ReadonlyClusterState;
  readonly random: Random;
  /** The share of the instances that this scheduler prefers; none if absent. */
  readonly share?: Share;
  /** One entry per requested task. */
  readonly ids: readonly TaskIds[];
}

/** Hashes of a client token and of the parameters of its request. */
export interface TokenHashes {
  readonly tokenHash: string;
  readonly parametersHash: string;
}

/** A task and its instance. */
export interface TaskPlacement {
  readonly instance: InstanceId;
  readonly task: PlacedTask;
}

/** The decision about a request to place tasks. */
export interface PlacementDecision {
  readonly kind: 'decided';
  /** One event per chosen instance. Empty if no task was placed; nothing is written then. */
  readonly events: readonly TasksPlaced[];
  /** The step of the service, for tasks of a service. It follows the placements in the same transaction. */
  readonly step?: ServiceStepTaken;
  readonly placements: readonly TaskPlacement[];
  readonly refusals: readonly InstanceRefusal[];
}

/**
 * As {@link PlacementDecision}. `stale`: the service has changed since the controller read it, and nothing may be
 * placed.
 */
export type ServicePlacementDecision = PlacementDecision | { readonly kind: 'stale' };

/** Returns the placements as events, one per ledger. */
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
