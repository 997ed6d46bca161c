import { type EpochMs, nextStartAt, type PlaceWhere, type StopReason, withFailure } from '@stowage/domain';
import type { ServiceTask, Situation } from './situation';

/** A task that a step stops, with the reason. */
export interface PlannedStop {
  readonly task: ServiceTask;
  readonly reason: StopReason;
}

/** The starts and stops that the limits allow now. They may be done in any order. */
export interface Plan {
  /** Number of tasks per bucket, for logs and tests. */
  readonly buckets: Buckets;
  readonly start?: { readonly where: PlaceWhere; readonly replaced: number };
  readonly stops: readonly PlannedStop[];
  /** True if the service has exactly the desired tasks and all of them are healthy. */
  readonly isSettled: boolean;
  /** True if no task changes and the percentages permit no step. */
  readonly isStuck: boolean;
  /** Times at which the plan changes without an event. */
  readonly changesAt: readonly EpochMs[];
}

/** Counts for one line of a log. Each task that is not STOPPED is in exactly one of the first six. */
export interface Buckets {
  readonly stopping: number;
  /** Tasks of the PRIMARY deployment on instances that are ACTIVE, which the plan keeps. */
  readonly pending: number;
  readonly warming: number;
  readonly healthy: number;
  /** Tasks of the PRIMARY deployment that are to be replaced. */
  readonly unhealthy: number;
  /** Tasks of other deployments or on a draining instance. */
  readonly outgoing: number;
  readonly desired: number;
  readonly lower: number;
  readonly upper: number;
  /** All healthy tasks including outgoing ones. `lower` limits this number. */
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
export function isStillRejected({ lastAttempt, primary, now, terms, capacityPosition }: Situation): boolean {
  if (lastAttempt?.deployment !== primary.id || capacityPosition > lastAttempt.position) return false;
  return now < lastAttempt.at + terms.placementRetryMs;
}
