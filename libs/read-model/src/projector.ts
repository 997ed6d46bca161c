import { backoffMs, errorText, sleep } from '@stowage/concurrency';
import { type Fold, type Journal, JournalUnavailable, PositionRefused, UnknownEvent } from '@stowage/journal';
import type { Logger } from 'pino';
import type { DataSource } from 'typeorm';
import { Database, migrate } from './database';
import { followJournal, type Following } from './projection/follow-journal';
import { CheckpointRefused, ReadModelUnavailable } from './read-model-errors';

export interface ProjectorOptions {
  /** Events in one Postgres transaction, unless one transaction of the journal alone has more. */
  readonly batchEventsMax: number;
  /** Events read ahead while Postgres is busy. */
  readonly bufferEventsMax: number;
  /** Pause before Postgres or the journal is tried again: doubles from the first to the second. */
  readonly retryMs: number;
  readonly retryMaxMs: number;
  /** Pause before it is looked again whether what was refused has been put right. */
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
 * `following`: rows are made as events come. `waiting`: Postgres or the journal is away. `refused`: an alarm was raised,
 * nothing is written until somebody puts it right.
 */
export type ProjectorState = 'starting' | 'following' | 'waiting' | 'refused' | 'stopped';

export interface ProjectorParts {
  readonly journal: Journal;
  /** The process's own fold of the same journal, if it has one: what it reads need not be read twice. */
  readonly fold?: Fold;
  readonly dataSource: DataSource;
  readonly logger: Logger;
  readonly options?: Partial<ProjectorOptions>;
}

/** Keeps the rows equal to the fold of the journal. Any number may do so at once; each event is in the rows once. */
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

  /** How far the rows are, as this projector last knew. */
  get position(): number {
    return this.currentPosition;
  }

  /**
   * Projects until `signal` aborts; never rejects. What is away is waited for. What is refused, or a bug, raises an alarm:
   * no event is skipped, readers are told that the rows lag, writers go on, and it is tried again, so that a rebuild or a
   * newer version heals it. Leaves the data source to its owner.
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
      this.parts.logger.warn({ reason, waitMs, position: this.currentPosition }, 'The projection waits.');
      return sleep(waitMs, signal);
    }
    this.raise(error);
    return sleep(this.options.refusedRetryMs, signal);
  }

  private raise(error: unknown): void {
    this.currentState = 'refused';
    const alarm = errorText(error);
    // Once: what is refused is looked at again for as long as it takes.
    if (this.alarm !== alarm) {
      const details = isRefusal(error) ? {} : { err: error };
      this.parts.logger.fatal({ alarm, position: this.currentPosition, ...details }, 'The projection has stopped.');
    }
    this.alarm = alarm;
  }
}

/** What an operator can put right; anything else is a bug, and its stack is wanted. */
function isRefusal(error: unknown): boolean {
  return error instanceof CheckpointRefused || error instanceof PositionRefused || error instanceof UnknownEvent;
}
