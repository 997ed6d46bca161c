import { randomUUID } from 'node:crypto';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { RequestGate } from './request-gate';

export interface HttpLimits {
  readonly bodyBytesMax: number;
  readonly requestsInFlightMax: number;
  readonly requestTimeoutMs: number;
}

/** Longer than clients keep an idle connection: they close first, and no request meets a closing server. */
const KEEP_ALIVE_MS = 75_000;
const HEALTH = '/health';

/** Fastify as the AWS protocols need it: bodies as the bytes that were signed, whatever their content type. */
export function fastifyAdapter({ bodyBytesMax, requestsInFlightMax, requestTimeoutMs }: HttpLimits): FastifyAdapter {
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
  const gate = new RequestGate(requestsInFlightMax);
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.url === HEALTH) return done();
    const leave = gate.enter();
    // `close` comes after every answer, and when the client goes away before it.
    reply.raw.once('close', leave);
    done();
  });
  return adapter;
}
