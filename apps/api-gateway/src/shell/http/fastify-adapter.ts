import { randomUUID } from 'node:crypto';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { checkServiceIsProvided } from '@stowage/aws-api';
import { RequestGate } from './request-gate';
import { signedRequestOf } from './signed-request-of';

export interface HttpLimits {
  readonly bodyBytesMax: number;
  readonly requestsInFlightMax: number;
  readonly eventReadersMax: number;
  readonly requestTimeoutMs: number;
}

/**
 * Longer than clients keep an idle connection, so that the client closes it and no request reaches a connection that is
 * being closed.
 */
const KEEP_ALIVE_MS = 75_000;
const HEALTH = '/health';
const EVENTS = /^\/events(\?|$)/;

/** Fastify with settings for the AWS protocols: bodies stay the bytes that were signed, for any content type. */
export function fastifyAdapter(limits: HttpLimits): FastifyAdapter {
  const { bodyBytesMax, requestsInFlightMax, requestTimeoutMs, eventReadersMax } = limits;
  const adapter = new FastifyAdapter({
    bodyLimit: bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    genReqId: () => randomUUID(),
    exposeHeadRoutes: false,
  });
  const fastify = adapter.getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  const requests = new RequestGate(requestsInFlightMax, 'Rate exceeded');
  // Streams are long-lived and have a limit of their own.
  const readers = new RequestGate(
    eventReadersMax,
    `This gateway already serves ${String(eventReadersMax)} readers of its events (STOWAGE_EVENT_READERS_MAX).`,
  );
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.url === HEALTH) return done();
    const leave = (EVENTS.test(request.url) ? readers : requests).enter();
    // `close` is emitted after every answer, and also when the client disconnects earlier.
    reply.raw.once('close', leave);
    // Absent services use other paths, methods and larger bodies, so they are detected here and not in a controller.
    checkServiceIsProvided(signedRequestOf(request));
    done();
  });
  return adapter;
}
