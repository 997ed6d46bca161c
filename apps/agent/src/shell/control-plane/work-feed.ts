import type { ClusterName, EpochMs, JournalPosition, WorkAnswer, WorkItem } from '@stowage/domain';
import type { Logger } from 'pino';
import { Backoff, errorText } from '@stowage/concurrency';
import type { Cleanup } from '../tasks/cleanup';
import type { ControlPlane } from './control-plane';
import type { Positions } from './positions';
import type { TaskRunners } from '../tasks/task-runners';

export interface FeedSettings {
  readonly cluster: ClusterName;
  /** A list that was acted on so long ago is pulled again, news or none. */
  readonly refreshMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

/**
 * Pulls the whole work list whenever there is news, and acts on it unless it is older than what was seen. And every so often
 * without news: what an agent itself reported is none, and after the loss of a disk it may be an earlier life that did.
 */
export class WorkFeed {
  /** What the list that was last acted on is true for. */
  private actedOn: JournalPosition | undefined;
  private newest: JournalPosition | undefined;
  private actedAt = performance.now();
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

  /** There is news at this position, by a hint or a heartbeat's answer. Heard of at every heartbeat, new or not. */
  news(position: JournalPosition): void {
    const isKnown = this.newest?.journal === position.journal && this.newest.sequence >= position.sequence;
    if (!isKnown) this.newest = position;
    else if (performance.now() - this.actedAt >= this.settings.refreshMs) this.actedOn = undefined;
    else return;
    void this.pull();
  }

  close(): void {
    this.closing.abort();
  }

  private get isBehind(): boolean {
    return this.newest !== undefined && (!this.actedOn || this.actedOn.sequence < this.newest.sequence);
  }

  private async pull(): Promise<void> {
    if (this.pulling) return;
    this.pulling = true;
    const backoff = new Backoff({ minMs: this.settings.retryMinMs, maxMs: this.settings.retryMaxMs });
    while (this.isBehind && !this.closing.signal.aborted) {
      try {
        const { seen } = this.parts.positions;
        const answer = await this.controlPlane.work({ cluster: this.settings.cluster, ...(seen && { seen }) });
        if (await this.act(answer)) backoff.succeeded();
        else await backoff.failed(this.closing.signal);
      } catch (error) {
        this.logger.warn({ reason: errorText(error) }, 'The work list could not be pulled yet.');
        await backoff.failed(this.closing.signal);
      }
    }
    this.pulling = false;
  }

  /** Whether all of it was done; else it is pulled again. */
  private async act({ position, tasks, lostAt }: WorkAnswer): Promise<boolean> {
    const verdict = this.parts.positions.judge(position);
    if (verdict !== 'current') {
      const level = verdict === 'stale' ? 'info' : 'error';
      this.logger[level]({ position, seen: this.parts.positions.seen, verdict }, 'A work list is ignored.');
      return false;
    }
    // On disk before it is acted on: after a restart an older list could otherwise undo it.
    await this.parts.positions.see(position);
    const complete = await this.parts.runners.match(tasks);
    this.removeStrays();
    if (lostAt !== undefined && !(await this.recover(tasks, lostAt))) return false;
    if (complete) {
      this.actedOn = position;
      this.actedAt = performance.now();
    }
    return complete;
  }

  /** Once. The tasks of the work list do not wait for it, because the removal of a container may hang. */
  private removeStrays(): void {
    if (this.straysRemoved) return;
    this.straysRemoved = true;
    this.parts.runners.removeStrays().catch((error: unknown) => {
      this.straysRemoved = false;
      this.logger.warn({ reason: errorText(error) }, 'Containers of unknown tasks could not be removed yet.');
    });
  }

  /** This instance was given up. Whether nothing of the tasks that it had is left, and the control plane knows. */
  private async recover(tasks: readonly WorkItem[], lostAt: EpochMs): Promise<boolean> {
    if (!(await this.parts.cleanup.clearBut(new Set(tasks.map(({ task }) => task))))) return false;
    const { seen } = this.parts.positions;
    const { position } = await this.controlPlane.recovered({
      cluster: this.settings.cluster,
      lostAt,
      ...(seen && { seen }),
    });
    await this.parts.positions.see(position);
    this.logger.warn({ lostAt }, 'The instance had been given up. All that it ran is removed; it takes tasks again.');
    return true;
  }
}
