import { type ClusterName, heartbeatIntervalMs, type LeaseTerm, type RegisterRequest } from '@stowage/domain';
import type { Logger } from 'pino';
import { Backoff, errorText, sleep } from '@stowage/concurrency';
import type { ControlPlane } from './control-plane';
import type { Positions } from './positions';
import type { WorkFeed } from './work-feed';

export interface MembershipSettings {
  readonly cluster: ClusterName;
  /** Interval of the heartbeats. Default: {@link heartbeatIntervalMs} of the lease that the manager reports. */
  readonly heartbeatMs?: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  /** Called after each registration that was accepted. */
  readonly onRegistered?: () => void;
}

/** Registers this instance and keeps its lease by heartbeats. Notifies the work feed of the position in each answer. */
export class Membership {
  private readonly closing = new AbortController();
  /** Lease in the last answer of the control plane, in milliseconds. */
  private leaseMs: number | undefined;

  constructor(
    private readonly controlPlane: ControlPlane,
    private readonly parts: { readonly positions: Positions; readonly feed: WorkFeed },
    private readonly logger: Logger,
    private readonly settings: MembershipSettings,
  ) {}

  /** Runs until closed. Resolves earlier, with the reason, only if the control plane rejects the registration. */
  async run(registration: () => Promise<RegisterRequest>): Promise<string | undefined> {
    while (!this.closing.signal.aborted) {
      const rejected = await this.register(registration);
      if (rejected !== undefined) return rejected;
      await this.heartbeats();
    }
    return undefined;
  }

  close(): void {
    this.closing.abort();
  }

  private async register(registration: () => Promise<RegisterRequest>): Promise<string | undefined> {
    const backoff = new Backoff({ minMs: this.settings.retryMinMs, maxMs: this.settings.retryMaxMs });
    while (!this.closing.signal.aborted) {
      try {
        const answer = await this.controlPlane.register(await registration());
        if (!answer.accepted) return answer.reason;
        this.logger.info({ position: answer.position }, 'The instance is registered.');
        this.updateLease(answer);
        this.parts.feed.notify(answer.position);
        this.settings.onRegistered?.();
        return undefined;
      } catch (error) {
        this.logger.warn({ reason: errorText(error) }, 'Failed to register the instance; will retry.');
        await backoff.failed(this.closing.signal);
      }
    }
    return undefined;
  }

  /** The lease may change while the agent runs, because a restart of the managers may change their settings. */
  private updateLease({ leaseMs }: LeaseTerm): void {
    this.leaseMs = leaseMs;
  }

  /** Sends heartbeats until the control plane reports that it does not know this instance. */
  private async heartbeats(): Promise<void> {
    let away = false;
    for (;;) {
      await sleep(this.settings.heartbeatMs ?? heartbeatIntervalMs(this.leaseMs), this.closing.signal);
      if (this.closing.signal.aborted) return;
      try {
        const { seen } = this.parts.positions;
        const answer = await this.controlPlane.heartbeat({ cluster: this.settings.cluster, ...(seen && { seen }) });
        if (away) this.logger.info('The control plane answers heartbeats again.');
        away = false;
        this.updateLease(answer);
        this.parts.feed.notify(answer.position);
        if (!answer.registered) return;
      } catch (error) {
        if (!away)
          this.logger.warn({ reason: errorText(error) }, 'The control plane does not answer heartbeats; will retry.');
        away = true;
      }
    }
  }
}
