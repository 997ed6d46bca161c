import type { EpochMs } from '@stowage/domain';
import type { StoredBody } from './upcasters';

/** What a message says, as JSON: an event (none: it is a guard), who wrote it and why, and its place in its transaction. */
export interface MessageBody {
  readonly transaction: string;
  /** It is this one, from 1 on, of so many messages of its transaction. */
  readonly part: number;
  readonly of: number;
  readonly at: EpochMs;
  readonly actor: string;
  readonly cause: string;
  /** The deduplication key of the request whose last message it is. */
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
 * Journals of the first version: the body is the event, empty on a guard, and what is said about it stands in headers.
 * They are read as ever, but nothing is written like that any more (docs/decisions/0900).
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
  // The codec's cast: what is in the stream was written by `envelopesOf`, of this version or the first.
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

/** A header's value is one line without blanks at its ends: others are escaped as in URLs. */
const unescaped = (text: string): string => (text.includes('%') ? decodeURIComponent(text) : text);
