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

/** Longer than clients keep an idle connection: they close first, and no request meets a closing server. */
const KEEP_ALIVE_MS = 75_000;
const HEALTH = '/health';
const EVENTS = /^\/events(\?|$)/;

/** Fastify as the AWS protocols need it: bodies as the bytes that were signed, whatever their content type. */
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
  // Streams last, so they have places of their own.
  const readers = new RequestGate(
    eventReadersMax,
    `This gateway already serves ${String(eventReadersMax)} readers of its events (STOWAGE_EVENT_READERS_MAX).`,
  );
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.url === HEALTH) return done();
    const leave = (EVENTS.test(request.url) ? readers : requests).enter();
    // `close` comes after every answer, and when the client goes away before it.
    reply.raw.once('close', leave);
    // Here and not in a controller: absent services have other paths and methods, and larger bodies.
    checkServiceIsProvided(signedRequestOf(request));
    done();
  });
  return adapter;
}
