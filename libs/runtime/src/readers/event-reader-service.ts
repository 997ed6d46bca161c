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
  /** As programs reach them. */
  readonly natsUrls: readonly string[];
  readonly caFile?: string;
  /** So many readers at most, of all gateways. */
  readonly readersMax: number;
  /** A reader that asks for nothing so long is forgotten. */
  readonly idleMs: number;
}

export interface EventReaderWish {
  readonly start: ReaderStart;
  readonly cluster?: ClusterName;
  readonly expiresInMs: number;
}

/** All that a program needs to read events from NATS. Only who asked for it sees the credentials. */
export interface EventReaderAccess {
  readonly natsUrls: readonly string[];
  readonly credentials: string;
  readonly expiresAt: number;
  readonly stream: string;
  readonly consumer: string;
  readonly apiPrefix: string;
  readonly inboxPrefix: string;
  /** The certificate of who vouches for the servers, and the name that they prove. */
  readonly ca?: string;
  readonly tlsServerName?: string;
}

/** A reader can't know the name of another one: not even a forged question finds its consumer. */
const NAME_BYTES = 16;

/** Where programs get a consumer of the journal's stream, and the credentials that open it and nothing else. */
export class EventReaderService {
  private readonly consumers: ReaderConsumers;

  constructor(
    private readonly runtime: Pick<Runtime, 'nats' | 'now'>,
    private readonly options: EventReaderServiceOptions,
  ) {
    this.consumers = new ReaderConsumers(runtime.nats);
  }

  /** @throws Refusal when there are as many as there may be, JournalUnavailable. */
  async createReader({ expiresInMs, ...wanted }: EventReaderWish): Promise<EventReaderAccess> {
    const { authority, natsUrls, caFile, readersMax, idleMs } = this.options;
    // Gateways that are asked at once may pass the bound by one each.
    if ((await this.consumers.count()) >= readersMax) {
      throw new Refusal(
        'LimitExceededException',
        `There are ${String(readersMax)} readers on NATS already (STOWAGE_NATS_EVENT_READERS_MAX).`,
      );
    }
    const name = randomBytes(NAME_BYTES).toString('hex');
    const consumer = await this.consumers.create({ ...wanted, name, idleMs });
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
