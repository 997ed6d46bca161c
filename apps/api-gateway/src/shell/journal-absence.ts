import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import { GatewayConfig } from '../config';

/**
 * Whether the journal can be asked at all: while the connection to NATS is lost, and was for longer than a server needs
 * to be replaced, it can not.
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
      for await (const { type } of status) this.learn(type);
    })();
  }

  /** What `question` answers, or undefined as soon as the journal is absent: then nobody waits for its time-out. */
  async unlessAbsent<Answer>(question: () => Promise<Answer>): Promise<Answer | undefined> {
    if (this.isAbsent) return undefined;
    let release = (): void => undefined;
    const absent = new Promise<undefined>((resolve) => {
      release = () => resolve(undefined);
      this.waiting.add(release);
    });
    try {
      const asked = question();
      // Once somebody gave up waiting, nobody hears how the question ended.
      asked.catch(() => undefined);
      return await Promise.race([asked, absent]);
    } finally {
      this.waiting.delete(release);
    }
  }

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
    if (isStoppable(this.status)) this.status.stop();
  }

  private learn(event: string): void {
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

/** The NATS client's iterators can be stopped, which their declared type does not say. */
function isStoppable(iterator: object): iterator is { stop(): void } {
  return 'stop' in iterator && typeof iterator.stop === 'function';
}
