import type { JournalPosition, TaskId, TaskReport } from '@stowage/domain';
import type { Logger } from 'pino';
import { afterAcknowledged, newest, type Pending } from '../../core/control-plane/newest-report';
import { Backoff, errorText } from '@stowage/concurrency';
import type { ControlPlane } from './control-plane';
import type { Positions } from './positions';

/** Number of reports that are sent at the same time. */
const PARALLEL_MAX = 16;

export interface ReporterSettings {
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

/**
 * Sends task reports until the control plane acknowledges them. It keeps only the first and the newest unacknowledged
 * report of each task, so its memory is bounded by the number of tasks while the control plane is away.
 */
export class StatusReporter {
  private readonly pending = new Map<TaskId, Pending>();
  private readonly sending = new Set<TaskId>();
  private readonly closing = new AbortController();
  private readonly backoff: Backoff;
  private onAcknowledged: (report: TaskReport) => void = () => undefined;

  constructor(
    private readonly controlPlane: ControlPlane,
    private readonly positions: Positions,
    private readonly logger: Logger,
    settings: ReporterSettings,
  ) {
    this.backoff = new Backoff({ minMs: settings.retryMinMs, maxMs: settings.retryMaxMs });
  }

  /** Sets the listener that is called after each acknowledged report. */
  whenAcknowledged(listener: (report: TaskReport) => void): void {
    this.onAcknowledged = listener;
  }

  submit(report: TaskReport): void {
    this.pending.set(report.task, newest(this.pending.get(report.task), report));
    this.pump();
  }

  close(): void {
    this.closing.abort();
  }

  private pump(): void {
    for (const task of this.pending.keys()) {
      if (this.sending.size >= PARALLEL_MAX) return;
      if (!this.sending.has(task)) void this.send(task);
    }
  }

  private async send(task: TaskId): Promise<void> {
    this.sending.add(task);
    for (;;) {
      const next = this.pending.get(task);
      if (!next || this.closing.signal.aborted) break;
      try {
        await this.sendOne(next.first);
      } catch (error) {
        this.logger.warn(
          { task, reason: errorText(error) },
          'The control plane did not acknowledge a report; will retry.',
        );
        await this.backoff.failed(this.closing.signal);
      }
    }
    this.sending.delete(task);
    if (!this.closing.signal.aborted) this.pump();
  }

  private async sendOne(report: TaskReport): Promise<void> {
    const seen: JournalPosition | undefined = this.positions.seen;
    const answer = await this.controlPlane.report({ ...report, ...(seen && { seen }) });
    this.backoff.succeeded();
    if (!answer.accepted) {
      this.logger.error(
        { report, reason: answer.reason },
        'The control plane rejected a report; it is not sent again.',
      );
    }
    this.done(report);
    this.onAcknowledged(report);
    void this.positions.see(answer.position).catch((error: unknown) => {
      this.logger.error({ err: error }, 'Failed to write the journal position to disk.');
    });
  }

  private done(report: TaskReport): void {
    const current = this.pending.get(report.task);
    const rest = current && afterAcknowledged(current, report);
    if (rest) this.pending.set(report.task, rest);
    else this.pending.delete(report.task);
  }
}
