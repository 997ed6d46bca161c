import { HEALTHY_AFTER_MS, START_THROTTLING, type StartThrottling } from '@stowage/domain';

/** The times and bounds by which services are reconciled. ECS's values are the defaults. */
export interface ReconcileTerms {
  /** How long a task without a health check is RUNNING before it counts as healthy. */
  readonly healthyAfterMs: number;
  readonly throttling: StartThrottling;
  /** Tasks that one step starts or stops: a transaction stays far below what the journal takes. */
  readonly stepTasksMax: number;
  /** After a refusal placement is tried again so late, or as soon as there may be room. */
  readonly placementRetryMs: number;
  /** What stays the same is said again so late. */
  readonly repeatMs: number;
  /** A placement failure whose wording changed is said again so late. */
  readonly retellMs: number;
}

export const RECONCILE_DEFAULTS: ReconcileTerms = {
  healthyAfterMs: HEALTHY_AFTER_MS,
  throttling: START_THROTTLING,
  stepTasksMax: 100,
  placementRetryMs: 15_000,
  repeatMs: 6 * 60 * 60_000,
  retellMs: 60_000,
};
