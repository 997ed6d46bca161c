import { IsInt, IsString, Min, MinLength } from 'class-validator';
import { resolve } from 'node:path';

/** The scheduler's own settings; see docs/configuration.md. */
export class SchedulerConfig {
  /**
   * Time for which a request may wait in its queue and for conflicts to settle. After that, it is rejected and nothing
   * is placed.
   */
  @IsInt()
  @Min(1)
  placementTimeoutMs = 5_000;

  /** Number of requests that may wait. Further requests are rejected. */
  @IsInt()
  @Min(1)
  placementsWaitingMax = 2_000;

  /** Number of requests that are committed in one transaction. */
  @IsInt()
  @Min(1)
  placementBatchMax = 250;

  /** Number of waiting requests from which the next batch is decided while the previous one is being written. */
  @IsInt()
  @Min(1)
  placementAheadMin = 32;

  /** Number of times that a request is decided again after a conflict with another scheduler. */
  @IsInt()
  @Min(1)
  placementConflictsMax = 100;

  /** Upper bound of the random backoff after the second consecutive conflict. It doubles with each further conflict. */
  @IsInt()
  @Min(0)
  placementPauseMs = 32;

  /** Upper bound of the doubled backoff after conflicts. */
  @IsInt()
  @Min(0)
  placementPauseMaxMs = 400;

  /**
   * Time that one batch of decisions may take. Further requests go into the next batch, so that the event loop can
   * run.
   */
  @IsInt()
  @Min(1)
  placementSliceMs = 20;

  /** Time within which the fold must reach the position that a request needs. */
  @IsInt()
  @Min(1)
  foldTimeoutMs = 5_000;

  /** Folder with the snapshots of this process. */
  @IsString()
  @MinLength(1)
  dataDir = resolve('.stowage');

  /** Number of events after the nearest snapshot that the explanation of a past decision may fold. */
  @IsInt()
  @Min(1)
  asOfEventsMax = 1_000_000;

  /** Time within which the explanation of a past decision must finish, including the time that it waits for others. */
  @IsInt()
  @Min(1)
  asOfTimeoutMs = 10_000;
}
