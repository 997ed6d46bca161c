import type { ServerResponse } from 'node:http';
import { Injectable, type OnModuleDestroy, Inject } from '@nestjs/common';
import { EVENT_BRIDGE_TYPES, headerOf, parseCluster, type SignedRequest } from '@stowage/aws-api';
import { EVENT_TYPES } from '@stowage/domain';
import { PastStates } from '@stowage/journal';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import { parseEventRequest } from '../../core/events/event-request';
import { GatewayConfig } from '../../config';
import { AccessKeys } from '../access-keys';
import { Authentication } from '../authentication';
import { RequestGate } from '../http/request-gate';
import { EventBridgeSource } from './event-bridge-source';
import { EventRing } from './event-ring';
import { EventSource } from './event-source';
import { EventStreams } from './event-streams';

/** Destination of the stream. `response` takes the HTTP response over from the web framework. */
export interface EventAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly response: () => ServerResponse;
}

const BRIDGE_TYPES: ReadonlySet<string> = new Set(EVENT_BRIDGE_TYPES);

/** Serves the journal's events over HTTP: authenticates readers, limits their number and selects their events. */
@Injectable()
export class EventReads implements OnModuleDestroy {
  private readonly ring: EventRing;
  private readonly streams: EventStreams;
  private readonly bridges: RequestGate;

  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    config: GatewayConfig,
    private readonly authentication: Authentication,
    private readonly keys: AccessKeys,
  ) {
    this.ring = new EventRing(runtime.fold, config.eventRingEvents);
    const stowage = new EventSource(runtime.journal, this.ring, config.eventCatchUpsMax);
    const states = new PastStates(runtime.journal, {
      dataDir: config.dataDir,
      eventsMax: config.asOfEventsMax,
      timeoutMs: config.asOfTimeoutMs,
      keptMax: 1,
    });
    const eventbridge = new EventBridgeSource(stowage, states, runtime.scope);
    const { eventKeepAliveMs: keepAliveMs, eventStallMs: stallMs, eventBridgeReadersMax: bridgesMax } = config;
    this.streams = new EventStreams(stowage, { stowage, eventbridge }, { keepAliveMs, stallMs });
    this.bridges = new RequestGate(
      bridgesMax,
      `This gateway already serves ${String(bridgesMax)} readers in this format (STOWAGE_EVENT_BRIDGE_READERS_MAX).`,
    );
  }

  /**
   * Resolves when the stream has ended.
   * @throws ApiError, Refusal or JournalUnavailable if the stream cannot start.
   */
  async stream(request: SignedRequest, { headers, response }: EventAnswer): Promise<void> {
    const { authentication, keys, runtime } = this;
    const { accessKeyId } = await authentication.authenticate(request, { presigned: true });
    const asked = parseEventRequest(request.query, headerOf(request, 'last-event-id'), (format) =>
      format === 'stowage' ? EVENT_TYPES : BRIDGE_TYPES,
    );
    const { cluster, format } = asked;
    const wanted = { ...asked, ...(cluster !== undefined && { cluster: parseCluster(runtime.scope, cluster) }) };
    const about = { ...headers, 'x-stowage-journal': runtime.journal.id };
    const leave = format === 'eventbridge' ? this.bridges.enter() : undefined;
    try {
      await this.streams.serve(wanted, { response, headers: about }, () => keys.find(accessKeyId) !== undefined);
    } finally {
      leave?.();
    }
  }

  /** Ends the streams before the HTTP server closes, because the server waits for its last answer. */
  onModuleDestroy(): void {
    this.streams.close();
    this.ring.close();
  }
}
