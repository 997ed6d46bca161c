import type { SignedRequest } from '@stowage/aws-api';
import type { FastifyRequest } from 'fastify';

const NO_BODY = Buffer.alloc(0);

/** The request as it was signed: method, path and query as they came, the body's own bytes. */
export function signedRequestOf(request: FastifyRequest): SignedRequest {
  const [path = '/', ...query] = request.url.split('?');
  return {
    method: request.method,
    path,
    query: new URLSearchParams(query.join('?')),
    headers: request.headers,
    body: Buffer.isBuffer(request.body) ? request.body : NO_BODY,
  };
}
