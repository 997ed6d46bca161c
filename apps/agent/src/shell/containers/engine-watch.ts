import type { InstanceId } from '@stowage/domain';
import type { Logger } from 'pino';
import { INSTANCE_LABEL, readLabels } from '../../core/containers/labels';
import { Backoff, errorText, sleep } from '@stowage/concurrency';
import type { ContainerEngine, EngineEvent } from './container-engine';
import type { TaskRunners } from '../tasks/task-runners';

export interface WatchSettings {
  readonly instance: InstanceId;
  readonly resyncMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

/**
 * Follows Docker's events for this instance's containers. After each new subscription it refreshes all containers,
 * because changes during an outage of Docker send no events. A periodic comparison of all containers detects lost
 * events.
 */
export class EngineWatch {
  private readonly closing = new AbortController();

  constructor(
    private readonly engine: ContainerEngine,
    private readonly runners: TaskRunners,
    private readonly logger: Logger,
    private readonly settings: WatchSettings,
  ) {}

  start(): void {
    void this.follow();
    void this.compare();
  }

  close(): void {
    this.closing.abort();
  }

  private get isClosing(): boolean {
    return this.closing.signal.aborted;
  }

  private async follow(): Promise<void> {
    const { signal } = this.closing;
    const backoff = new Backoff({ minMs: this.settings.retryMinMs, maxMs: this.settings.retryMaxMs });
    while (!signal.aborted) {
      try {
        for await (const event of this.engine.events([`${INSTANCE_LABEL}=${this.settings.instance}`], signal)) {
          backoff.succeeded();
          if (event === 'subscribed') this.runners.refreshAll();
          else this.pass(event);
        }
      } catch (error) {
        if (!this.isClosing)
          this.logger.warn({ reason: errorText(error) }, 'Failed to receive events from Docker; will retry.');
      }
      await backoff.failed(signal);
    }
  }

  private pass({ kind, labels }: EngineEvent): void {
    const labelled = readLabels(labels);
    if (labelled && kind === 'started') this.runners.started(labelled);
    else if (labelled) this.runners.changed(labelled);
  }

  private async compare(): Promise<void> {
    const { signal } = this.closing;
    for (;;) {
      await sleep(this.settings.resyncMs, signal);
      if (signal.aborted) return;
      try {
        await this.runners.resync();
      } catch (error) {
        this.logger.debug({ reason: errorText(error) }, 'Failed to compare the containers; will retry.');
      }
    }
  }
}
