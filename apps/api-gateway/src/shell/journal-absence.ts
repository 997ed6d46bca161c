import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import { GatewayConfig } from '../config';

/**
 * Detects that the journal is unavailable: the connection to NATS has been lost for longer than the replacement of a
 * server takes.
 */
@Injectable()
export class JournalAbsence implements OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private isAbsent = false;
  private waiting = new Set<() => void>();
  private readonly status: AsyncIterable<unknown>;

  constructor(
    @Inject(RUNTIME) { nats }: Pick<Runtime, 'nats'>,
    @Inject(GatewayConfig) private readonly config: Pick<GatewayConfig, 'journalAbsentMs'>,
  ) {
    const status = nats.status();
    this.status = status;
    void (async () => {
      for await (const { type } of status) this.onStatus(type);
    })();
  }

  /**
   * Resolves with the result of `query`, or with undefined as soon as the journal is unavailable, without waiting for
   * the timeout of the query.
   */
  async unlessAbsent<Answer>(query: () => Promise<Answer>): Promise<Answer | undefined> {
    if (this.isAbsent) return undefined;
    let release = (): void => undefined;
    const absent = new Promise<undefined>((resolve) => {
      release = () => resolve(undefined);
      this.waiting.add(release);
    });
    try {
      const result = query();
      // The result of a query that was abandoned is ignored.
      result.catch(() => undefined);
      return await Promise.race([result, absent]);
    } finally {
      this.waiting.delete(release);
    }
  }

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
    if (isStoppable(this.status)) this.status.stop();
  }

  private onStatus(event: string): void {
    if (event === 'disconnect') {
      this.timer ??= setTimeout(() => this.becomeAbsent(), this.config.journalAbsentMs);
    } else if (event === 'reconnect') {
      clearTimeout(this.timer);
      this.timer = undefined;
      this.isAbsent = false;
    }
  }

  private becomeAbsent(): void {
    this.isAbsent = true;
    for (const release of this.waiting) release();
  }
}

/** Returns true if the iterator of the NATS client can be stopped, which its declared type does not contain. */
function isStoppable(iterator: object): iterator is { stop(): void } {
  return 'stop' in iterator && typeof iterator.stop === 'function';
}
