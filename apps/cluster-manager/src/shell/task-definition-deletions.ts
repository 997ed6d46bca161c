import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { decideFinishDeletion, deletableRevisions } from '@stowage/domain';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import { ClusterManagerConfig } from '../config';

/** Number of revisions that one pass deletes at most; the next pass deletes the others. */
export const DELETIONS_PER_PASS_MAX = 100;
const ACTOR = 'service:cluster-manager';

/**
 * Ends DELETE_IN_PROGRESS when nothing refers to a revision any more. Level-triggered: each pass decides from the whole
 * state, so that it does not matter which replica accepted the deletion or whether that replica still runs.
 */
@Injectable()
export class TaskDefinitionDeletions implements OnModuleInit, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    @Inject(ClusterManagerConfig)
    private readonly config: Pick<
      ClusterManagerConfig,
      'taskDefinitionDeletionCheckMs' | 'taskDefinitionDeletionDelayMs'
    >,
  ) {}

  onModuleInit(): void {
    this.schedule();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.running = this.reconcile().finally(() => this.schedule());
    }, this.config.taskDefinitionDeletionCheckMs);
  }

  private async reconcile(): Promise<void> {
    const requestedBefore = this.runtime.now() - this.config.taskDefinitionDeletionDelayMs;
    const due = deletableRevisions(this.runtime.fold.state, requestedBefore).slice(0, DELETIONS_PER_PASS_MAX);
    for (const ref of due) {
      if (this.stopped) return;
      try {
        await this.runtime.commands.execute({
          decide: (state) => ({ events: decideFinishDeletion(state, ref, requestedBefore), result: undefined }),
          atLeast: 0,
          actor: ACTOR,
          cause: `${ref.family}:${ref.revision} is not used any more`,
        });
      } catch (error) {
        // The next pass finds the revision again.
        this.runtime.logger.warn({ error, ...ref }, 'Failed to delete a task definition; will retry.');
        return;
      }
    }
  }
}
