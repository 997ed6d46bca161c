import type { SignedRequest } from '@stowage/aws-api';
import type { FastifyRequest } from 'fastify';

const NO_BODY = Buffer.alloc(0);

/** Returns the request in the form that was signed: method, path and query unchanged, and the bytes of the body. */
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
