import type { FastifyReply } from 'fastify';
import type { Dispatched } from '../dispatcher';

/** Sends an answer with its position, so that the client can request at least this position from other gateways. */
export function send(reply: FastifyReply, { status, headers, body, sequence, eventual }: Dispatched): void {
  // Fastify's replies are thenable, but only Fastify itself awaits them.
  void reply
    .code(status)
    .headers({
      ...headers,
      'x-stowage-sequence': String(sequence),
      ...(eventual === true && { 'x-stowage-consistency': 'eventual' }),
    })
    // The body is sent as bytes, because Fastify would add a charset to text, which AWS's content types do not have.
    .send(Buffer.from(body));
}
