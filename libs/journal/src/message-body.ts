import type { EpochMs } from '@stowage/domain';
import type { StoredBody } from './upcasters';

/**
 * The content of a message as JSON: an event (none on a guard), its writer and cause, and its place in its transaction.
 */
export interface MessageBody {
  readonly transaction: string;
  /** The number of this message, from 1, and the number of messages of its transaction. */
  readonly part: number;
  readonly of: number;
  readonly at: EpochMs;
  readonly actor: string;
  readonly cause: string;
  /** The deduplication key of the request whose last message this is. */
  readonly key?: string;
  readonly event?: StoredBody;
}

/** A message as it was stored. */
export interface StoredEnvelope {
  readonly subject: string;
  readonly sequence: number;
  readonly header: (name: string) => string;
  readonly body: () => string;
}

/**
 * Messages of the first version: the body is the event (empty on a guard), and headers hold the rest. They are still
 * read, but no longer written (docs/decisions/0900).
 */
const HEADER = {
  time: 'Stowage-Time',
  transaction: 'Stowage-Transaction',
  actor: 'Stowage-Actor',
  cause: 'Stowage-Cause',
  /** `<index from 1>/<count>`. */
  part: 'Stowage-Part',
  key: 'Stowage-Key',
} as const;

export function bodyOf({ body: textOf, header }: StoredEnvelope): MessageBody {
  const text = textOf();
  // The cast of the codec: everything in the stream was written by `envelopesOf`, of this version or the first.
  const body = (text === '' ? {} : JSON.parse(text)) as MessageBody | StoredBody;
  return isEvent(body) ? bodyFromHeaders(header, body) : body;
}

const isEvent = (body: MessageBody | StoredBody): body is StoredBody => !('transaction' in body);

function bodyFromHeaders(header: StoredEnvelope['header'], event: StoredBody): MessageBody {
  const [part = 0, of = 0] = header(HEADER.part).split('/').map(Number);
  const key = unescaped(header(HEADER.key));
  return {
    transaction: header(HEADER.transaction),
    part,
    of,
    at: Number(header(HEADER.time)),
    actor: unescaped(header(HEADER.actor)),
    cause: unescaped(header(HEADER.cause)),
    ...(key && { key }),
    ...('type' in event && { event }),
  };
}

/** A header value is one line without blanks at its ends. Other values are escaped as in URLs. */
const unescaped = (text: string): string => (text.includes('%') ? decodeURIComponent(text) : text);
