import { HEALTHY_AFTER_MS, START_THROTTLING, type StartThrottling } from '@stowage/domain';

/** Times and limits of reconciliation. The defaults are ECS's values. */
export interface ReconcileTerms {
  /** Time for which a task without a health check must be RUNNING to count as healthy. */
  readonly healthyAfterMs: number;
  readonly throttling: StartThrottling;
  /** Number of tasks that one step starts or stops, so that the transaction stays far below the journal's limit. */
  readonly stepTasksMax: number;
  /** Delay before retrying a rejected placement, unless capacity is freed first. */
  readonly placementRetryMs: number;
  /** Time after which an unchanged message is recorded again. */
  readonly repeatMs: number;
  /** Time after which a placement failure with a changed message is recorded again. */
  readonly changedRepeatMs: number;
}

export const RECONCILE_DEFAULTS: ReconcileTerms = {
  healthyAfterMs: HEALTHY_AFTER_MS,
  throttling: START_THROTTLING,
  stepTasksMax: 100,
  placementRetryMs: 15_000,
  repeatMs: 6 * 60 * 60_000,
  changedRepeatMs: 60_000,
};
