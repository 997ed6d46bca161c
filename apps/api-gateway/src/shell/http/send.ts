import type { FastifyReply } from 'fastify';
import type { Dispatched } from '../dispatcher';

/** Sends an answer with the position that it is true for, so that a client can ask others for at least that. */
export function send(reply: FastifyReply, { status, headers, body, sequence, eventual }: Dispatched): void {
  // Fastify's replies are thenable, but nothing waits for them: Fastify itself does.
  void reply
    .code(status)
    .headers({
      ...headers,
      'x-stowage-sequence': String(sequence),
      ...(eventual === true && { 'x-stowage-consistency': 'eventual' }),
    })
    // As bytes: to a text Fastify would add a charset, which AWS's content types do not have.
    .send(Buffer.from(body));
}
