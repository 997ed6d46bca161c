import type { ServerResponse } from 'node:http';
import { headerOf, parseCluster, type SignedRequest } from '@stowage/aws-api';
import type { Runtime } from '@stowage/runtime';
import { parseEventRequest } from '../../core/events/event-request';
import type { GatewayConfig } from '../../config';
import type { AccessKeys } from '../access-keys';
import type { Authentication } from '../authentication';
import { EventRing } from './event-ring';
import { EventSource } from './event-source';
import { EventStreams } from './event-streams';

export interface EventReadsParts {
  readonly runtime: Runtime;
  readonly config: GatewayConfig;
  readonly authentication: Authentication;
  readonly keys: AccessKeys;
}

/** Where the answer goes; `response` takes it over from the web framework. */
export interface EventAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly response: () => ServerResponse;
}

/** Who reads the journal's events over HTTP, and which. */
export class EventReads {
  private readonly ring: EventRing;
  private readonly streams: EventStreams;

  constructor(private readonly parts: EventReadsParts) {
    const { runtime, config } = parts;
    this.ring = new EventRing(runtime.fold, config.eventRingEvents);
    const source = new EventSource(runtime.journal, this.ring, config.eventCatchUpsMax);
    this.streams = new EventStreams(source, { keepAliveMs: config.eventKeepAliveMs, stallMs: config.eventStallMs });
  }

  /** Resolves when the stream has ended. @throws ApiError, Refusal, JournalUnavailable before it began. */
  async stream(request: SignedRequest, { headers, response }: EventAnswer): Promise<void> {
    const { authentication, keys, runtime } = this.parts;
    const { accessKeyId } = await authentication.authenticate(request, { presigned: true });
    const asked = parseEventRequest(request.query, headerOf(request, 'last-event-id'));
    const { cluster } = asked;
    const wanted = { ...asked, ...(cluster !== undefined && { cluster: parseCluster(runtime.scope, cluster) }) };
    const about = { ...headers, 'x-stowage-journal': runtime.journal.id };
    await this.streams.serve(wanted, { response, headers: about }, () => keys.find(accessKeyId) !== undefined);
  }

  close(): void {
    this.streams.close();
    this.ring.close();
  }
}
