import { IsInt, Max, Min } from 'class-validator';
import { RECONCILE_DEFAULTS, type ReconcileTerms } from './core/terms';

/** The service controller's own settings; see docs/configuration.md. */
export class ServiceControllerConfig {
  /** Number of services that are reconciled at the same time. */
  @IsInt()
  @Min(1)
  reconcilesInFlightMax = 32;

  /** Time after which a series of reconcile passes yields to the event loop. */
  @IsInt()
  @Min(1)
  reconcileSliceMs = 5;

  /** Time within which the fold must reach the position that a reconcile pass needs. */
  @IsInt()
  @Min(1)
  foldTimeoutMs = 5_000;

  /** Time within which a scheduler must answer. It must be longer than `placementTimeoutMs` of the scheduler. */
  @IsInt()
  @Min(1)
  schedulerTimeoutMs = 12_000;

  /** Delay before a service is reconciled again after a failure. It doubles with each further failure. */
  @IsInt()
  @Min(1)
  reconcileRetryMs = 100;

  /** Upper bound of the doubled delay after failures. */
  @IsInt()
  @Min(1)
  reconcileRetryMaxMs = 10_000;

  /**
   * Upper bound of the random delay after a conflict with another controller, so that two controllers stop colliding.
   */
  @IsInt()
  @Min(0)
  reconcileConflictMs = 100;

  /**
   * Delay before waiting services are reconciled after capacity was freed. Several tasks that stop within it cause one
   * pass.
   */
  @IsInt()
  @Min(0)
  placementRoomMs = 100;

  /** Interval at which every service is reconciled, with or without events. */
  @IsInt()
  @Min(10)
  reconcileAllMs = 300_000;

  /** Time for which a task without a health check must be RUNNING to count as healthy. */
  @IsInt()
  @Min(0)
  taskHealthyAfterMs = RECONCILE_DEFAULTS.healthyAfterMs;

  /** Number of generations of tasks of a deployment that may fail to start before further starts are delayed. */
  @IsInt()
  @Min(0)
  taskStartFreeGenerations = RECONCILE_DEFAULTS.throttling.freeGenerations;

  /** First delay between starts that fail. It doubles with each further generation. */
  @IsInt()
  @Min(1)
  taskStartDelayMs = RECONCILE_DEFAULTS.throttling.firstDelayMs;

  /** Upper bound of the doubled delay between starts. */
  @IsInt()
  @Min(1)
  taskStartDelayMaxMs = RECONCILE_DEFAULTS.throttling.maxDelayMs;

  /**
   * Number of tasks that one step of a deployment starts or stops. A scheduler must be able to commit them in one
   * transaction.
   */
  @IsInt()
  @Min(1)
  @Max(100)
  serviceStepTasksMax = RECONCILE_DEFAULTS.stepTasksMax;

  /** Delay before retrying a rejected placement, unless capacity is freed first. */
  @IsInt()
  @Min(1)
  placementRetryMs = RECONCILE_DEFAULTS.placementRetryMs;

  /** Time after which a service event with an unchanged message is recorded again. */
  @IsInt()
  @Min(1)
  serviceEventRepeatMs = RECONCILE_DEFAULTS.repeatMs;

  /** Time after which a placement failure with a changed message is recorded again. */
  @IsInt()
  @Min(1)
  serviceEventRetellMs = RECONCILE_DEFAULTS.changedRepeatMs;
}

export function termsOf(config: ServiceControllerConfig): ReconcileTerms {
  return {
    healthyAfterMs: config.taskHealthyAfterMs,
    throttling: {
      freeGenerations: config.taskStartFreeGenerations,
      firstDelayMs: config.taskStartDelayMs,
      maxDelayMs: config.taskStartDelayMaxMs,
    },
    stepTasksMax: config.serviceStepTasksMax,
    placementRetryMs: config.placementRetryMs,
    repeatMs: config.serviceEventRepeatMs,
    changedRepeatMs: config.serviceEventRetellMs,
  };
}
