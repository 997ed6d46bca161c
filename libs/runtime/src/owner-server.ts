import { ServerNats } from '@nestjs/microservices';
import type { Msg, NatsConnection, Subscription } from 'nats';
import { drain } from './drain';
import type { OwnerName } from './subjects';

/** Maximum number of operations that one owner carries out at once. Further operations are answered with a fault. */
export const OPERATIONS_MAX = 1_000;
/** Time for which closing waits for running operations, in milliseconds. */
export const CLOSE_WAIT_MS = 5_000;

/**
 * Nest's NATS server on a shared connection, which it neither opens nor closes. Closing the server waits for running
 * operations.
 */
export class OwnerServer extends ServerNats {
  private readonly served: Subscription[] = [];
  private readonly idle: (() => void)[] = [];
  private running = 0;

  constructor(
    private readonly nats: NatsConnection,
    private readonly owner: OwnerName,
  ) {
    super({ queue: owner });
  }

  override createNatsClient(): Promise<NatsConnection> {
    return Promise.resolve(this.nats);
  }

  /** The owner of the connection watches its status. */
  override handleStatusUpdates(): Promise<void> {
    return Promise.resolve();
  }

  override bindEvents(): void {
    for (const subject of this.messageHandlers.keys()) {
      const callback = (error: Error | null, message: Msg): void => {
        if (error) this.logger.error(error);
        else void this.execute(subject, message);
      };
      this.served.push(this.nats.subscribe(subject, { queue: this.owner, callback }));
    }
  }

  override async close(): Promise<void> {
    await drain(this.served.splice(0));
    if (this.running === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, CLOSE_WAIT_MS);
      this.idle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /**
   * Publishes an answer and logs errors. Nest publishes in a later tick, where an error would end the process, and the
   * connection may have ended by then.
   */
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

  private async execute(subject: string, message: Msg): Promise<void> {
    if (this.running >= OPERATIONS_MAX) {
      this.reject(message);
      return;
    }
    this.running += 1;
    try {
      await this.handleMessage(subject, message);
    } catch (error) {
      this.logger.error(error);
    } finally {
      this.running -= 1;
      if (this.running === 0) for (const done of this.idle.splice(0)) done();
    }
  }

  private reject(message: Msg): void {
    const { id } = message.json<{ readonly id?: string }>();
    const err = {
      status: 'error',
      message: `More than ${String(OPERATIONS_MAX)} operations are running; retry later.`,
    };
    message.respond(Buffer.from(JSON.stringify({ id, err, isDisposed: true })));
  }
}
