import { invariant } from '@stowage/domain';
import type { Msg } from 'nats';
import type { StoredEnvelope } from '../message-body';
import type { StoredMessage } from './jetstream-api';

/** A message as a consumer delivers it. */
export function envelopeOfDelivered(message: Msg): StoredEnvelope {
  return {
    subject: message.subject,
    sequence: deliveredSequence(message),
    header: (name) => message.headers?.get(name) ?? '',
    body: () => message.string(),
  };
}

/**
 * Returns the sequence in the stream from the subject for acknowledgements:
 * `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream sequence>...`. If there are eleven tokens or more, a domain and an
 * account precede the stream.
 */
function deliveredSequence({ reply = '' }: Msg): number {
  const tokens = reply.split('.');
  const sequence = Number(tokens[tokens.length >= 11 ? 7 : 5]);
  invariant(sequence > 0, `A delivered message has no sequence: ${reply}.`);
  return sequence;
}

/** A message as `STREAM.MSG.GET` returns it: headers and body in base64. */
export function envelopeOfStored({ subject, seq, hdrs, data }: StoredMessage): StoredEnvelope {
  const headers = parseHeaders(hdrs);
  return {
    subject,
    sequence: seq,
    header: (name) => headers.get(name) ?? '',
    body: () => Buffer.from(data ?? '', 'base64').toString('utf8'),
  };
}

/** `NATS/1.0`, then one line per header, as in HTTP. */
function parseHeaders(base64: string | undefined): ReadonlyMap<string, string> {
  const lines = Buffer.from(base64 ?? '', 'base64')
    .toString('utf8')
    .split('\r\n')
    .slice(1);
  return new Map(
    lines
      .filter((line) => line.includes(':'))
      .map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon), line.slice(colon + 1).trim()];
      }),
  );
}
