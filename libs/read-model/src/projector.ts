import { backoffMs, errorText, sleep } from '@stowage/concurrency';
import { type Fold, type Journal, JournalUnavailable, PositionRefused, UnknownEvent } from '@stowage/journal';
import type { Logger } from 'pino';
import type { DataSource } from 'typeorm';
import { Database, migrate } from './database';
import { followJournal, type Following } from './projection/follow-journal';
import { CheckpointRefused, ReadModelUnavailable } from './read-model-errors';

export interface ProjectorOptions {
  /** Maximum number of events in one Postgres transaction. A single journal transaction may exceed it. */
  readonly batchEventsMax: number;
  /** Maximum number of events that are read ahead while Postgres is busy. */
  readonly bufferEventsMax: number;
  /**
   * Delay before Postgres or the journal is tried again, in milliseconds. It doubles from `retryMs` to `retryMaxMs`.
   */
  readonly retryMs: number;
  readonly retryMaxMs: number;
  /** Delay before the projection is tried again after it was rejected, in milliseconds. */
  readonly refusedRetryMs: number;
}

export const PROJECTOR_DEFAULTS: ProjectorOptions = {
  batchEventsMax: 2_000,
  bufferEventsMax: 4_000,
  retryMs: 100,
  retryMaxMs: 5_000,
  refusedRetryMs: 5_000,
};

/**
 * `following`: projects events as they arrive. `waiting`: Postgres or the journal is unavailable. `refused`: the
 * projection raised an alarm and writes nothing until an operator resolves the cause.
 */
export type ProjectorState = 'starting' | 'following' | 'waiting' | 'refused' | 'stopped';

export interface ProjectorParts {
  readonly journal: Journal;
  /**
   * The process's own fold of the same journal, if it has one. Its transactions are reused, so that the journal is read
   * once.
   */
  readonly fold?: Fold;
  readonly dataSource: DataSource;
  readonly logger: Logger;
  readonly options?: Partial<ProjectorOptions>;
}

/**
 * Keeps the rows equal to the fold of the journal. Any number of projectors may run at once; each event is in the rows
 * once.
 */
export class Projector {
  private currentState: ProjectorState = 'starting';
  private currentPosition = 0;
  private readonly database: Database;
  private readonly options: ProjectorOptions;
  private failures = 0;
  private alarm: string | undefined;

  constructor(private readonly parts: ProjectorParts) {
    this.database = new Database(parts.dataSource);
    this.options = { ...PROJECTOR_DEFAULTS, ...parts.options };
  }

  get state(): ProjectorState {
    return this.currentState;
  }

  /** The last known position of the rows. */
  get position(): number {
    return this.currentPosition;
  }

  /**
   * Projects until `signal` aborts; never rejects. Waits with a backoff while Postgres or the journal is unavailable. A
   * rejected checkpoint or a bug raises an alarm and is retried, so that a rebuild or a newer version resolves it.
   * Meanwhile no event is skipped, readers receive `ReadModelLagging`, and writers continue. Does not close the data
   * source.
   */
  async run(signal: AbortSignal): Promise<void> {
    const following: Following = {
      ...this.options,
      journal: this.parts.journal,
      ...(this.parts.fold && { fold: this.parts.fold }),
      database: this.database,
      announced: true,
      onPosition: (position) => this.working(position),
    };
    while (!signal.aborted) {
      try {
        await this.database.use(migrate);
        await followJournal(following, signal, Number.POSITIVE_INFINITY);
      } catch (error) {
        await this.recover(error, signal);
      }
    }
    this.currentState = 'stopped';
  }

  private working(position: number): void {
    if (this.currentState !== 'following') this.parts.logger.info({ position }, 'Projecting.');
    this.currentState = 'following';
    this.currentPosition = position;
    this.failures = 0;
    this.alarm = undefined;
  }

  private async recover(error: unknown, signal: AbortSignal): Promise<void> {
    if (error instanceof ReadModelUnavailable || error instanceof JournalUnavailable) {
      this.currentState = 'waiting';
      this.failures += 1;
      const waitMs = backoffMs(this.failures, { minMs: this.options.retryMs, maxMs: this.options.retryMaxMs });
      const reason = error.cause instanceof Error ? error.cause.message : error.message;
      this.parts.logger.warn(
        { reason, waitMs, position: this.currentPosition },
        'Postgres or the journal is unavailable; will retry.',
      );
      return sleep(waitMs, signal);
    }
    this.raise(error);
    return sleep(this.options.refusedRetryMs, signal);
  }

  private raise(error: unknown): void {
    this.currentState = 'refused';
    const alarm = errorText(error);
    // Log an alarm once, although the projection is tried again until the cause is resolved.
    if (this.alarm !== alarm) {
      const details = isRefusal(error) ? {} : { err: error };
      this.parts.logger.fatal(
        { alarm, position: this.currentPosition, ...details },
        'The projection has stopped; see the alarm.',
      );
    }
    this.alarm = alarm;
  }
}

/** Returns true for errors that an operator can resolve. All other errors are bugs and are logged with their stack. */
function isRefusal(error: unknown): boolean {
  return error instanceof CheckpointRefused || error instanceof PositionRefused || error instanceof UnknownEvent;
}
