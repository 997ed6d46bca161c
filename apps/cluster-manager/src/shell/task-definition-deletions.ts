import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { decideFinishDeletion, deletableRevisions } from '@stowage/domain';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import { ClusterManagerConfig } from '../config';

/** So many revisions are deleted per look; the rest waits for the next one. */
export const DELETIONS_PER_LOOK_MAX = 100;
const ACTOR = 'service:cluster-manager';

/**
 * Ends DELETE_IN_PROGRESS when nothing refers to a revision any more. Level-triggered: each look decides from the whole
 * state, so that it does not matter which replica asked for the deletion, or died after it.
 */
@Injectable()
export class TaskDefinitionDeletions implements OnModuleInit, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
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
    this.lookLater();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.looking;
  }

  private lookLater(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.looking = this.look().finally(() => this.lookLater());
    }, this.config.taskDefinitionDeletionCheckMs);
  }

  private async look(): Promise<void> {
    const askedBefore = this.runtime.now() - this.config.taskDefinitionDeletionDelayMs;
    const due = deletableRevisions(this.runtime.fold.state, askedBefore).slice(0, DELETIONS_PER_LOOK_MAX);
    for (const ref of due) {
      if (this.stopped) return;
      try {
        await this.runtime.commands.execute({
          decide: (state) => ({ events: decideFinishDeletion(state, ref, askedBefore), result: undefined }),
          atLeast: 0,
          actor: ACTOR,
          cause: `${ref.family}:${ref.revision} is not used any more`,
        });
      } catch (error) {
        // Nothing is lost: the next look finds the revision again.
        this.runtime.logger.warn({ error, ...ref }, 'A task definition could not be deleted yet.');
        return;
      }
    }
  }
}
