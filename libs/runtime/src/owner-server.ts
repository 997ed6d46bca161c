import { ServerNats } from '@nestjs/microservices';
import type { Msg, NatsConnection, Subscription } from 'nats';
import { drain } from './drain';
import type { OwnerName } from './subjects';

/** So many operations one owner carries out at once; one more is answered with a fault. */
export const OPERATIONS_MAX = 1_000;
/** How long closing waits for operations under way. */
export const CLOSE_WAIT_MS = 5_000;

/**
 * Nest's NATS server on a connection that others use too: it opens none and closes none, and when it closes, operations
 * under way are finished first.
 */
export class OwnerServer extends ServerNats {
  private readonly served: Subscription[] = [];
  private readonly idle: (() => void)[] = [];
  private underWay = 0;

  constructor(
    private readonly nats: NatsConnection,
    private readonly owner: OwnerName,
  ) {
    super({ queue: owner });
  }

  override createNatsClient(): Promise<NatsConnection> {
    return Promise.resolve(this.nats);
  }

  /** The connection's owner watches it. */
  override handleStatusUpdates(): Promise<void> {
    return Promise.resolve();
  }

  override bindEvents(): void {
    for (const subject of this.messageHandlers.keys()) {
      const callback = (error: Error | null, message: Msg): void => {
        if (error) this.logger.error(error);
        else void this.carryOut(subject, message);
      };
      this.served.push(this.nats.subscribe(subject, { queue: this.owner, callback }));
    }
  }

  override async close(): Promise<void> {
    await drain(this.served.splice(0));
    if (this.underWay === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, CLOSE_WAIT_MS);
      this.idle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Nest answers a tick later, where an error would end the process: an answer may come after the connection's end. */
  override getPublisher(...args: Parameters<ServerNats['getPublisher']>): ReturnType<ServerNats['getPublisher']> {
    const publish = super.getPublisher(...args);
    return (response: unknown) => {
      try {
        publish(response);
      } catch (error) {
        this.logger.error(error);
      }
    };
  }

  private async carryOut(subject: string, message: Msg): Promise<void> {
    if (this.underWay >= OPERATIONS_MAX) {
      this.refuse(message);
      return;
    }
    this.underWay += 1;
    try {
      await this.handleMessage(subject, message);
    } catch (error) {
      this.logger.error(error);
    } finally {
      this.underWay -= 1;
      if (this.underWay === 0) for (const done of this.idle.splice(0)) done();
    }
  }

  private refuse(message: Msg): void {
    const { id } = message.json<{ readonly id?: string }>();
    const err = { status: 'error', message: `More than ${String(OPERATIONS_MAX)} operations are under way.` };
    message.respond(Buffer.from(JSON.stringify({ id, err, isDisposed: true })));
  }
}
