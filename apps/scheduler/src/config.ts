import { IsInt, IsString, Min, MinLength } from 'class-validator';
import { resolve } from 'node:path';

/** The scheduler's own settings; each is read from `STOWAGE_` and its name in capitals. */
export class SchedulerConfig {
  /** How long a request may wait for its turn and for conflicts to settle, before it is refused unplaced. */
  @IsInt()
  @Min(1)
  placementTimeoutMs = 5_000;

  /** So many requests may wait; one more is refused. */
  @IsInt()
  @Min(1)
  placementsWaitingMax = 2_000;

  /** So many requests at most are committed together. */
  @IsInt()
  @Min(1)
  placementBatchMax = 250;

  /** With so many waiting, the next batch is decided while the one before is on its way to the journal. */
  @IsInt()
  @Min(1)
  placementAheadMin = 32;

  /** So often a request is decided anew because another scheduler was faster. */
  @IsInt()
  @Min(1)
  placementConflictsMax = 100;

  /**
   * From the second conflict in a row on, others go first: for a random time up to so long, twice as long with each
   * conflict, and at most `placementPauseMaxMs`.
   */
  @IsInt()
  @Min(0)
  placementPauseMs = 32;

  @IsInt()
  @Min(0)
  placementPauseMaxMs = 400;

  /** So long decisions are made in a row; the rest goes into the next batch, and the event loop gets its turn. */
  @IsInt()
  @Min(1)
  placementSliceMs = 20;

  /** How long the fold may take to reach the position that a request needs. */
  @IsInt()
  @Min(1)
  foldTimeoutMs = 5_000;

  /** Where this process's snapshots are. */
  @IsString()
  @MinLength(1)
  dataDir = resolve('.stowage');

  /** A look at a past decision folds no more events than this, from the nearest snapshot. */
  @IsInt()
  @Min(1)
  asOfEventsMax = 1_000_000;

  /** How long that may take, waiting for others' looks included. */
  @IsInt()
  @Min(1)
  asOfTimeoutMs = 10_000;
}
