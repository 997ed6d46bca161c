import type { EpochMs, TaskId } from '@stowage/domain';
import type { Logger } from 'pino';
import { errorText, sleep } from './backoff';
import type { LocalStore } from './local-store';
import type { TaskResources } from './task-resources';
import type { TaskRunner } from './task-runner';
import type { TaskRunners } from './task-runners';

export interface CleanupSettings {
  readonly waitMs: number;
  readonly periodMs: number;
}

/**
 * Removes the containers and volumes of tasks that have been over for long enough, or, after a loss, at once. What fails is
 * tried at the next round.
 */
export class Cleanup {
  private readonly closing = new AbortController();

  constructor(
    private readonly parts: {
      readonly runners: TaskRunners;
      readonly resources: TaskResources;
      readonly store: LocalStore;
    },
    private readonly logger: Logger,
    private readonly options: CleanupSettings & { readonly now: () => EpochMs },
  ) {}

  start(): void {
    void this.rounds();
  }

  close(): void {
    this.closing.abort();
  }

  private async rounds(): Promise<void> {
    for (;;) {
      await sleep(this.options.periodMs, this.closing.signal);
      if (this.closing.signal.aborted) return;
      const dueBefore = this.options.now() - this.options.waitMs;
      for (const runner of this.parts.runners.all()) {
        if (runner.overSince !== undefined && runner.overSince <= dueBefore) await this.cleanUp(runner);
      }
    }
  }

  /** Of all tasks but these. Answers whether nothing of them is left: what still stops has to be asked for again. */
  async clearBut(listed: ReadonlySet<TaskId>): Promise<boolean> {
    for (const runner of this.parts.runners.all()) {
      if (!listed.has(runner.task) && runner.overSince !== undefined) await this.cleanUp(runner);
    }
    if (this.parts.runners.all().some(({ task }) => !listed.has(task))) return false;
    await this.parts.runners.removeStrays();
    return true;
  }

  private async cleanUp(runner: TaskRunner): Promise<void> {
    try {
      await this.parts.resources.release(runner.plan);
      // The position that acknowledges its end must be on disk first: an older work list would start the task anew.
      await this.parts.store.settled();
      await this.parts.runners.forget(runner.task);
    } catch (error) {
      this.logger.warn({ task: runner.task, reason: errorText(error) }, 'A stopped task could not be cleaned up yet.');
    }
  }
}
