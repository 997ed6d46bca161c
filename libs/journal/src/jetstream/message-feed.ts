import { createInbox, type Msg, nanos, type NatsConnection, type Subscription } from 'nats';
import { JOURNAL_STREAM } from '../subjects';
import type { JetStreamApi } from './jetstream-api';
import { HEADER, STATUS } from './wire';

/** The start of a feed. */
export type FeedStart = { readonly sequence: number } | { readonly timeMs: number };

/** The start as a consumer configuration. */
export const deliverFrom = (start: FeedStart): object =>
  'sequence' in start
    ? { deliver_policy: 'by_start_sequence', opt_start_seq: start.sequence }
    : { deliver_policy: 'by_start_time', opt_start_time: new Date(start.timeMs).toISOString() };

export interface FeedOptions {
  /** Interval at which the server sends a heartbeat. The feed is lost after two missed heartbeats. */
  readonly heartbeatMs: number;
}

/** Number of messages that are requested and not yet read. */
export const FEED_MESSAGES_MAX = 1_000;
/** Time without a request after which the server removes the consumer. */
const CONSUMER_IDLE_MS = 60_000;
const PULL_EXPIRES_HEARTBEATS = 10;

/** Thrown when the feed ended early. The reader must start another one after the last message that it has read. */
export class FeedLost extends Error {
  override readonly name = 'FeedLost';
}

/**
 * Messages of the journal's stream from a given point, in order, through one short-lived pull consumer. It ends with
 * FeedLost after a reconnect, a gap or a silence. A new feed costs a few milliseconds; waiting for a consumer that the
 * server may have lost costs seconds.
 */
export class MessageFeed {
  private readonly buffer: Msg[] = [];
  private readonly inbox: string;
  private readonly subscription: Subscription;
  private readonly timer: NodeJS.Timeout;
  private readonly unwatch: () => void;
  private readonly nats: NatsConnection;
  private outstanding = 0;
  private silentBeats = 0;
  private lost: FeedLost | undefined;
  private ended = false;
  private wake: () => void = () => undefined;

  private constructor(
    api: JetStreamApi,
    private readonly consumer: string,
    private readonly options: FeedOptions,
  ) {
    this.nats = api.nats;
    this.inbox = createInbox();
    this.subscription = this.nats.subscribe(this.inbox, {
      callback: (error, message) => (error ? this.lose(error.message) : this.receive(message)),
    });
    this.timer = setInterval(() => this.beat(), options.heartbeatMs);
    this.unwatch = api.connection.onInterruption((what) => this.lose(`the connection: ${what}`));
    this.pull();
  }

  /** @throws ApiRefusal, JournalUnavailable */
  static async open(api: JetStreamApi, start: FeedStart, options: FeedOptions): Promise<MessageFeed> {
    const { name } = await api.ask<{ readonly name: string }>(`CONSUMER.CREATE.${JOURNAL_STREAM}`, {
      stream_name: JOURNAL_STREAM,
      config: {
        ...deliverFrom(start),
        ack_policy: 'none',
        replay_policy: 'instant',
        mem_storage: true,
        num_replicas: 1,
        inactive_threshold: nanos(CONSUMER_IDLE_MS),
      },
    });
    return new MessageFeed(api, name, options);
  }

  /**
   * Returns the next message, or undefined after {@link close}.
   * @throws FeedLost
   */
  async next(): Promise<Msg | undefined> {
    for (;;) {
      const message = this.buffer.shift();
      if (message) {
        this.pullWhenLow();
        return message;
      }
      if (this.ended) return undefined;
      if (this.lost) throw this.lost;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  close(): void {
    if (this.ended) return;
    this.ended = true;
    this.buffer.length = 0;
    clearInterval(this.timer);
    this.unwatch();
    this.subscription.unsubscribe();
    // The answer is not needed: the server removes an unused consumer by itself.
    if (!this.nats.isClosed()) this.nats.publish(`$JS.API.CONSUMER.DELETE.${JOURNAL_STREAM}.${this.consumer}`);
    this.wake();
  }

  private receive(message: Msg): void {
    this.silentBeats = 0;
    if (message.subject === this.inbox) return this.receiveStatus(message);
    this.outstanding -= 1;
    this.buffer.push(message);
    this.wake();
  }

  private receiveStatus({ headers }: Msg): void {
    const code = headers?.code ?? 0;
    if (code === STATUS.heartbeat) return;
    const left = Number(headers?.get(HEADER.pendingMessages) || Number.NaN);
    // A pull that expired reports how much of it is left. Any other status means that the consumer is gone.
    if (Number.isNaN(left)) return this.lose(`${String(code)} ${headers?.description ?? ''}`);
    this.outstanding -= left;
    this.pullWhenLow();
  }

  private pullWhenLow(): void {
    if (this.outstanding + this.buffer.length <= FEED_MESSAGES_MAX / 2) this.pull();
  }

  private pull(): void {
    if (this.ended || this.lost || this.nats.isClosed()) return;
    const batch = FEED_MESSAGES_MAX - this.outstanding - this.buffer.length;
    this.outstanding += batch;
    const { heartbeatMs } = this.options;
    const request = {
      batch,
      expires: nanos(heartbeatMs * PULL_EXPIRES_HEARTBEATS),
      idle_heartbeat: nanos(heartbeatMs),
    };
    this.nats.publish(
      `$JS.API.CONSUMER.MSG.NEXT.${JOURNAL_STREAM}.${this.consumer}`,
      Buffer.from(JSON.stringify(request)),
      { reply: this.inbox },
    );
  }

  /** Silence counts only while messages are requested. */
  private beat(): void {
    if (this.outstanding <= 0) return;
    this.silentBeats += 1;
    if (this.silentBeats > 2) this.lose('the server is silent');
  }

  private lose(reason: string): void {
    this.lost ??= new FeedLost(reason);
    this.wake();
  }
}
