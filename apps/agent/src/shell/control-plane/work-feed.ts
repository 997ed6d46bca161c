import type { ClusterName, EpochMs, JournalPosition, WorkAnswer, WorkItem } from '@stowage/domain';
import type { Logger } from 'pino';
import { Backoff, errorText } from '@stowage/concurrency';
import type { Cleanup } from '../tasks/cleanup';
import type { ControlPlane } from './control-plane';
import type { Positions } from './positions';
import type { TaskRunners } from '../tasks/task-runners';

export interface FeedSettings {
  readonly cluster: ClusterName;
  /** Interval at which the work list is pulled again even if the position has not changed. */
  readonly refreshMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

/**
 * Pulls the whole work list when its position has advanced, and applies it unless it is older than the highest position
 * seen. The list is also pulled every `refreshMs` milliseconds: the control plane sends no hint for an agent's own
 * reports, and after the loss of its disk the agent does not know what it has reported.
 */
export class WorkFeed {
  /** Position of the last work list that was applied completely. */
  private applied: JournalPosition | undefined;
  private newest: JournalPosition | undefined;
  private appliedAt = performance.now();
  private pulling = false;
  private straysRemoved = false;
  private readonly closing = new AbortController();

  constructor(
    private readonly controlPlane: ControlPlane,
    private readonly parts: {
      readonly positions: Positions;
      readonly runners: TaskRunners;
      readonly cleanup: Cleanup;
    },
    private readonly logger: Logger,
    private readonly settings: FeedSettings,
  ) {}

  /**
   * Notifies the feed of a position from a hint or from an answer. It is called with each heartbeat, for a new position
   * or a known one.
   */
  notify(position: JournalPosition): void {
    const isKnown = this.newest?.journal === position.journal && this.newest.sequence >= position.sequence;
    if (!isKnown) this.newest = position;
    else if (performance.now() - this.appliedAt >= this.settings.refreshMs) this.applied = undefined;
    else return;
    void this.pull();
  }

  close(): void {
    this.closing.abort();
  }

  private get isBehind(): boolean {
    return this.newest !== undefined && (!this.applied || this.applied.sequence < this.newest.sequence);
  }

  private async pull(): Promise<void> {
    if (this.pulling) return;
    this.pulling = true;
    const backoff = new Backoff({ minMs: this.settings.retryMinMs, maxMs: this.settings.retryMaxMs });
    while (this.isBehind && !this.closing.signal.aborted) {
      try {
        const { seen } = this.parts.positions;
        const answer = await this.controlPlane.work({ cluster: this.settings.cluster, ...(seen && { seen }) });
        if (await this.applyList(answer)) backoff.succeeded();
        else await backoff.failed(this.closing.signal);
      } catch (error) {
        this.logger.warn({ reason: errorText(error) }, 'Failed to pull the work list; will retry.');
        await backoff.failed(this.closing.signal);
      }
    }
    this.pulling = false;
  }

  /** Resolves with false if the list was ignored or could not be applied completely. It is then pulled again. */
  private async applyList({ position, tasks, lostAt }: WorkAnswer): Promise<boolean> {
    const verdict = this.parts.positions.judge(position);
    if (verdict !== 'current') {
      const level = verdict === 'stale' ? 'info' : 'error';
      this.logger[level]({ position, seen: this.parts.positions.seen, verdict }, 'Ignored a work list.');
      return false;
    }
    // The position must be on disk before the list is applied. Otherwise an older list could undo it after a restart.
    await this.parts.positions.see(position);
    const complete = await this.parts.runners.match(tasks);
    this.removeStrays();
    if (lostAt !== undefined && !(await this.recover(tasks, lostAt))) return false;
    if (complete) {
      this.applied = position;
      this.appliedAt = performance.now();
    }
    return complete;
  }

  /**
   * Removes containers of unknown tasks once per process, and again only after a failure. The work list does not wait for it, because the removal of a
   * container may hang.
   */
  private removeStrays(): void {
    if (this.straysRemoved) return;
    this.straysRemoved = true;
    this.parts.runners.removeStrays().catch((error: unknown) => {
      this.straysRemoved = false;
      this.logger.warn({ reason: errorText(error) }, 'Failed to remove containers of unknown tasks; will retry.');
    });
  }

  /**
   * Recovers from the loss of this instance, which the control plane gave up with its tasks. Resolves with true if none
   * of their containers and volumes is left and the control plane has acknowledged it.
   */
  private async recover(tasks: readonly WorkItem[], lostAt: EpochMs): Promise<boolean> {
    if (!(await this.parts.cleanup.clearBut(new Set(tasks.map(({ task }) => task))))) return false;
    const { seen } = this.parts.positions;
    const { position } = await this.controlPlane.recovered({
      cluster: this.settings.cluster,
      lostAt,
      ...(seen && { seen }),
    });
    await this.parts.positions.see(position);
    this.logger.warn(
      { lostAt },
      'The control plane had given up this instance. Its old tasks are removed, and it accepts tasks again.',
    );
    return true;
  }
}
