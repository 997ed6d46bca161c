import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ClusterName, Refusal } from '@stowage/domain';
import { JOURNAL_STREAM, ReaderConsumers, type ReaderStart } from '@stowage/journal';
import { NATS_TLS_NAME } from '../authority/certificates';
import type { Authority } from '../authority/authority';
import { READER_API_PREFIX } from '../authority/reader-services';
import { readerCredentials } from '../authority/readers';
import type { Runtime } from '../runtime';
import { readerInboxPrefix } from '../subjects';

export interface EventReaderServiceOptions {
  readonly authority: Authority;
  /** Addresses under which programs reach the servers. */
  readonly natsUrls: readonly string[];
  readonly caFile?: string;
  /** Maximum number of readers, over all gateways. */
  readonly readersMax: number;
  /** Time without a request after which a reader is dropped, in milliseconds. */
  readonly idleMs: number;
}

export interface EventReaderRequest {
  readonly start: ReaderStart;
  readonly cluster?: ClusterName;
  readonly expiresInMs: number;
}

/** All data that a program needs to read events from NATS. The credentials are returned to the caller only. */
export interface EventReaderAccess {
  readonly natsUrls: readonly string[];
  readonly credentials: string;
  readonly expiresAt: number;
  readonly stream: string;
  readonly consumer: string;
  readonly apiPrefix: string;
  readonly inboxPrefix: string;
  /** Certificate of the authority of the servers, and the name in the servers' certificates. */
  readonly ca?: string;
  readonly tlsServerName?: string;
}

/** A consumer's name is random, so that a reader cannot guess the name of another one's consumer. */
const NAME_BYTES = 16;

/** Creates consumers of the journal's stream for programs, and credentials that give access to one consumer only. */
export class EventReaderService {
  private readonly consumers: ReaderConsumers;

  constructor(
    private readonly runtime: Pick<Runtime, 'nats' | 'now'>,
    private readonly options: EventReaderServiceOptions,
  ) {
    this.consumers = new ReaderConsumers(runtime.nats);
  }

  /**
   * Creates a reader.
   * @throws Refusal if the maximum number of readers is reached.
   * @throws JournalUnavailable if the journal is unavailable.
   */
  async createReader({ expiresInMs, ...request }: EventReaderRequest): Promise<EventReaderAccess> {
    const { authority, natsUrls, caFile, readersMax, idleMs } = this.options;
    // Concurrent requests to several gateways may exceed the limit by one per gateway.
    if ((await this.consumers.count()) >= readersMax) {
      throw new Refusal(
        'LimitExceededException',
        `There are ${String(readersMax)} readers on NATS already (STOWAGE_NATS_EVENT_READERS_MAX).`,
      );
    }
    const name = randomBytes(NAME_BYTES).toString('hex');
    const consumer = await this.consumers.create({ ...request, name, idleMs });
    const expiresAt = this.runtime.now() + expiresInMs;
    return {
      natsUrls,
      credentials: await readerCredentials(authority, consumer, expiresAt),
      expiresAt,
      stream: JOURNAL_STREAM,
      consumer,
      apiPrefix: READER_API_PREFIX,
      inboxPrefix: readerInboxPrefix(consumer),
      ...(caFile !== undefined && { ca: readFileSync(caFile, 'utf8'), tlsServerName: NATS_TLS_NAME }),
    };
  }
}
