import { IsInt, Max, Min } from 'class-validator';
import { RECONCILE_DEFAULTS, type ReconcileTerms } from './core/terms';

/** The service controller's own settings; each is read from `STOWAGE_` and its name in capitals. */
export class ServiceControllerConfig {
  /** So many services are reconciled at once. */
  @IsInt()
  @Min(1)
  reconcilesInFlightMax = 32;

  /** So long services are looked at in a row before the event loop gets its turn. */
  @IsInt()
  @Min(1)
  reconcileSliceMs = 5;

  /** How long the fold may take to reach the position that a look needs. */
  @IsInt()
  @Min(1)
  foldTimeoutMs = 5_000;

  /** How long a scheduler may take to answer; longer than it may take to place. */
  @IsInt()
  @Min(1)
  schedulerTimeoutMs = 12_000;

  /** After a failure a service is looked at again so late, each time twice as late, at most `reconcileRetryMaxMs`. */
  @IsInt()
  @Min(1)
  reconcileRetryMs = 100;

  @IsInt()
  @Min(1)
  reconcileRetryMaxMs = 10_000;

  /** Who was not the first to take a step looks again after a random part of this: two controllers fall out of step. */
  @IsInt()
  @Min(0)
  reconcileConflictMs = 100;

  /** When there may be room again, services that wait for it try so late: many tasks that stop are one occasion. */
  @IsInt()
  @Min(0)
  placementRoomMs = 100;

  /** So often all services are looked at, whatever has happened. */
  @IsInt()
  @Min(10)
  reconcileAllMs = 300_000;

  /** How long a task without a health check is RUNNING before it counts as healthy. */
  @IsInt()
  @Min(0)
  taskHealthyAfterMs = RECONCILE_DEFAULTS.healthyAfterMs;

  /** So many generations of tasks of a deployment may fail to start before starts are spread out. */
  @IsInt()
  @Min(0)
  taskStartFreeGenerations = RECONCILE_DEFAULTS.throttling.freeGenerations;

  /** The first delay between starts that fail; each further generation doubles it. */
  @IsInt()
  @Min(1)
  taskStartDelayMs = RECONCILE_DEFAULTS.throttling.firstDelayMs;

  @IsInt()
  @Min(1)
  taskStartDelayMaxMs = RECONCILE_DEFAULTS.throttling.maxDelayMs;

  /** Tasks that one step starts or stops: no more than a scheduler can commit together with what else it waits with. */
  @IsInt()
  @Min(1)
  @Max(100)
  serviceStepTasksMax = RECONCILE_DEFAULTS.stepTasksMax;

  /** After a refusal placement is tried again so late, or as soon as there may be room. */
  @IsInt()
  @Min(1)
  placementRetryMs = RECONCILE_DEFAULTS.placementRetryMs;

  /** A service event that says what was said before is said again so late. */
  @IsInt()
  @Min(1)
  serviceEventRepeatMs = RECONCILE_DEFAULTS.repeatMs;

  /** A placement failure whose wording changed is said again so late. */
  @IsInt()
  @Min(1)
  serviceEventRetellMs = RECONCILE_DEFAULTS.retellMs;
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
    retellMs: config.serviceEventRetellMs,
  };
}
