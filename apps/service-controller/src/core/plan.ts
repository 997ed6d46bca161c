import { type EpochMs, nextStartAt, type PlaceWhere, type StopReason, withFailure } from '@stowage/domain';
import type { ServiceTask, Situation } from './situation';

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

/** Returns true while the backoff delays starts. In this time no task is stopped to make room for its successor. */
export const isBackingOff = ({ primary, terms, now }: Situation): boolean =>
  now < nextStartAt(primary, terms.throttling);

/**
 * Returns the earliest time at which an unhealthy task may be stopped before its successor starts: the successor may start
 * at that time. The stop of a task that was never healthy is a failure and extends the backoff.
 */
export function replaceableAt({ primary, terms, now }: Situation, { task, mayServe }: ServiceTask): EpochMs {
  const after = mayServe ? primary : withFailure(primary, 'unhealthy', { after: task, at: now });
  return nextStartAt(after, terms.throttling);
}

/** Returns true if the last attempt to place tasks found no room and no event may have changed that since. */
export function isRefusedStill({ tried, primary, now, terms, roomAt }: Situation): boolean {
  if (tried?.deployment !== primary.id || roomAt > tried.position) return false;
  return now < tried.at + terms.placementRetryMs;
}
