import { nanos, type NatsConnection } from 'nats';
import { JOURNAL_STREAM, readableSubjects } from '../subjects';
import { JetStreamApi } from './jetstream-api';
import { deliverFrom, type FeedStart } from './message-feed';

/** The start of a reader; `new`: the next event. */
export type ReaderStart = FeedStart | 'new';

export interface ReaderConsumerOptions {
  /** One token of a subject. */
  readonly name: string;
  readonly start: ReaderStart;
  /** Only events about this cluster and its contents. */
  readonly cluster?: string;
  /** Time without a request after which the server removes the consumer. */
  readonly idleMs: number;
}

const PREFIX = 'reader-';
/** Bounds of one request of a reader. */
const PULLS_WAITING_MAX = 8;
const PULL_MESSAGES_MAX = 1_000;
const PULL_EXPIRES_MAX_MS = 60_000;
const ANSWER_MS = 5_000;

/** The JetStream requests that a reader of one consumer may send. */
export const readerApiSubjects = (consumer: string): { readonly next: string; readonly info: string } => ({
  next: `$JS.API.CONSUMER.MSG.NEXT.${JOURNAL_STREAM}.${consumer}`,
  info: `$JS.API.CONSUMER.INFO.${JOURNAL_STREAM}.${consumer}`,
});

/** The consumers of programs that read the journal's messages from NATS. */
export class ReaderConsumers {
  private readonly api: JetStreamApi;

  constructor(nats: NatsConnection) {
    this.api = new JetStreamApi(nats, ANSWER_MS);
  }

  /**
   * Returns the number of consumers of all gateways.
   * @throws ApiRefusal, JournalUnavailable
   */
  async count(): Promise<number> {
    let found = 0;
    for (let offset = 0; ;) {
      const page = await this.api.ask<{ readonly consumers: readonly string[] | null; readonly total: number }>(
        `CONSUMER.NAMES.${JOURNAL_STREAM}`,
        { offset },
      );
      const names = page.consumers ?? [];
      found += names.filter((name) => name.startsWith(PREFIX)).length;
      offset += names.length;
      if (names.length === 0 || offset >= page.total) return found;
    }
  }

  /**
   * Creates a consumer that delivers no secrets, and returns its name.
   * @throws ApiRefusal, JournalUnavailable
   */
  async create({ name, start, cluster, idleMs }: ReaderConsumerOptions): Promise<string> {
    const { name: consumer } = await this.api.ask<{ readonly name: string }>(
      `CONSUMER.CREATE.${JOURNAL_STREAM}.${PREFIX}${name}`,
      {
        stream_name: JOURNAL_STREAM,
        config: {
          name: `${PREFIX}${name}`,
          ...(start === 'new' ? { deliver_policy: 'new' } : deliverFrom(start)),
          filter_subjects: readableSubjects(cluster),
          ack_policy: 'none',
          replay_policy: 'instant',
          mem_storage: true,
          num_replicas: 1,
          max_waiting: PULLS_WAITING_MAX,
          max_batch: PULL_MESSAGES_MAX,
          max_expires: nanos(PULL_EXPIRES_MAX_MS),
          inactive_threshold: nanos(idleMs),
        },
        action: 'create',
      },
    );
    return consumer;
  }
}
