import type { EpochMs, PlaceWhere, StopReason } from '@stowage/domain';
import type { ServiceTask } from './situation';

/** A task that a step stops, and why. */
export interface PlannedStop {
  readonly task: ServiceTask;
  readonly reason: StopReason;
}

/** What the limits allow now: both may be done, in any order, one after the other. */
export interface Plan {
  /** Tasks by what is to become of them; for logs and tests. */
  readonly buckets: Buckets;
  readonly start?: { readonly where: PlaceWhere; readonly replaced: number };
  readonly stops: readonly PlannedStop[];
  /** Exactly the wanted tasks are there, all of them healthy. */
  readonly isSettled: boolean;
  /** Nothing moves and nothing may move: the percentages leave no room. */
  readonly isStuck: boolean;
  /** Times at which the plan changes by itself. */
  readonly changesAt: readonly EpochMs[];
}

/** Counts to be printed on one line. Each task that is not STOPPED is in exactly one of the first six. */
export interface Buckets {
  readonly stopping: number;
  /** Of the PRIMARY deployment, on an instance that stays: those that are kept. */
  readonly pending: number;
  readonly warming: number;
  readonly healthy: number;
  /** Of the PRIMARY deployment, to be replaced. */
  readonly unhealthy: number;
  /** Of other deployments, or on an instance that drains. */
  readonly outgoing: number;
  readonly desired: number;
  readonly lower: number;
  readonly upper: number;
  /** All healthy tasks, outgoing ones too: what `lower` is about. */
  readonly healthyOfAll: number;
}
