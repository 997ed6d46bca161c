import type { EpochMs, TaskId } from '@stowage/domain';
import type { Logger } from 'pino';
import { dueCleanups, type OverTask } from '../../core/tasks/due-cleanups';
import { errorText, sleep } from '@stowage/concurrency';
import type { DockerPermits } from '../containers/docker-permits';
import type { LocalStore } from '../control-plane/local-store';
import type { TaskResources } from './task-resources';
import type { TaskRunner } from './task-runner';
import type { TaskRunners } from './task-runners';

export interface CleanupSettings {
  readonly waitMs: number;
  readonly periodMs: number;
  readonly serviceTasksMax: number;
}

/**
 * Removes the containers and volumes of stopped tasks: after the configured time, earlier if the service has enough
 * newer stopped tasks, and immediately after the control plane gave up the instance. A removal that fails is retried in
 * the next round. A removal that hangs does not delay those of other tasks.
 */
export class Cleanup {
  private readonly closing = new AbortController();
  private readonly cleaning = new Map<TaskId, Promise<void>>();

  constructor(
    private readonly parts: {
      readonly runners: TaskRunners;
      readonly resources: TaskResources;
      readonly store: LocalStore;
      readonly permits: DockerPermits;
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
      for (const { runner } of dueCleanups(this.over(), { ...this.options, now: this.options.now() })) {
        void this.cleanUp(runner);
      }
    }
  }

  private over(): readonly (OverTask & { readonly runner: TaskRunner })[] {
    return this.parts.runners.all().flatMap((runner) => {
      const { overSince, service } = runner;
      return overSince === undefined ? [] : [{ runner, overSince, ...(service !== undefined && { service }) }];
    });
  }

  /**
   * Cleans up all tasks except the listed ones. Resolves with true if nothing of them is left; otherwise the caller
   * must retry.
   */
  async clearBut(listed: ReadonlySet<TaskId>): Promise<boolean> {
    const over = this.parts.runners.all().filter(({ task, overSince }) => !listed.has(task) && overSince !== undefined);
    await Promise.all(over.map((runner) => this.cleanUp(runner)));
    if (this.parts.runners.all().some(({ task }) => !listed.has(task))) return false;
    await this.parts.runners.removeStrays();
    return true;
  }

  private cleanUp(runner: TaskRunner): Promise<void> {
    const { task } = runner;
    const current = this.cleaning.get(task);
    if (current) return current;
    const wait = { drivers: '', isUrgent: false, signal: this.closing.signal };
    const cleaned = this.parts.permits
      .run(wait, () => this.release(runner))
      .catch((error: unknown) => {
        if (this.closing.signal.aborted) return;
        this.logger.warn({ task, reason: errorText(error) }, 'Failed to clean up a stopped task; will retry.');
      })
      .finally(() => this.cleaning.delete(task));
    this.cleaning.set(task, cleaned);
    return cleaned;
  }

  private async release(runner: TaskRunner): Promise<void> {
    await this.parts.resources.release(runner.plan);
    // The position that acknowledges the stop must be on disk first. Otherwise an older work list could start the task
    // again.
    await this.parts.store.settled();
    await this.parts.runners.forget(runner.task);
  }
}
