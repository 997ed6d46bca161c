import { invariant, transactionId, type TransactionId } from '@stowage/domain';
import { placeExpectations } from './expectation-slots';
import type { EventOrigin, Expectation, StoredEvent, Subject, Transaction } from './journal';
import { guardSubject, parseSubject, subjectOfEvent } from './subjects';
import { type StoredBody, upcast } from './upcasters';

/** Our headers beside NATS's own. `Part` is `<index from 1>/<count>` over all messages of a transaction. */
const HEADER = {
  type: 'Stowage-Type',
  version: 'Stowage-Version',
  time: 'Stowage-Time',
  transaction: 'Stowage-Transaction',
  actor: 'Stowage-Actor',
  cause: 'Stowage-Cause',
  part: 'Stowage-Part',
  key: 'Stowage-Key',
} as const;
/** The type of a message that only bears an expectation. */
const GUARD = 'Guard';

/** A message as it is published. */
export interface Envelope {
  readonly subject: Subject;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly expectation?: Expectation;
  /** Of the request whose last message it is. */
  readonly deduplicationKey?: string;
}

/** A message as it was stored. */
export interface StoredEnvelope {
  readonly subject: string;
  readonly sequence: number;
  readonly header: (name: string) => string;
  readonly body: () => string;
}

/** One message's part in its transaction. */
export interface Part {
  readonly transaction: TransactionId;
  readonly index: number;
  readonly count: number;
  readonly sequence: number;
  /** Absent on a guard. */
  readonly event?: StoredEvent;
  readonly deduplicationKey?: string;
}

/** The messages of a transaction in the order in which they are stored: guards, then events. */
export function envelopesOf(transaction: Transaction): readonly Envelope[] {
  const subjects = transaction.events.map(subjectOfEvent);
  const { guards, onEvents } = placeExpectations(subjects, transaction.expectations);
  const count = guards.length + transaction.events.length;
  const originOf = (index: number): EventOrigin => {
    const { origins, actor, cause, deduplicationKey } = transaction;
    const whole = { actor, cause, ...(deduplicationKey && index + 1 === count && { deduplicationKey }) };
    return origins?.[index - guards.length] ?? whole;
  };
  const headers = (index: number, type: string, version: number): Envelope['headers'] => ({
    [HEADER.type]: type,
    [HEADER.version]: String(version),
    [HEADER.time]: String(transaction.at),
    [HEADER.transaction]: transaction.id,
    [HEADER.actor]: escaped(originOf(index).actor),
    [HEADER.cause]: escaped(originOf(index).cause),
    [HEADER.part]: `${String(index + 1)}/${String(count)}`,
    ...keyHeader(originOf(index).deduplicationKey),
  });
  return [
    ...guards.map((expectation, index) => ({
      subject: guardSubject,
      headers: headers(index, GUARD, 1),
      body: '',
      expectation,
    })),
    ...transaction.events.map((event, index) => {
      const expectation = onEvents[index];
      const { deduplicationKey } = originOf(guards.length + index);
      return {
        subject: subjectOfEvent(event),
        headers: headers(guards.length + index, event.type, event.version),
        body: JSON.stringify(event),
        ...(expectation && { expectation }),
        ...(deduplicationKey && { deduplicationKey }),
      };
    }),
  ];
}

const keyHeader = (key: string | undefined): Envelope['headers'] => (key ? { [HEADER.key]: escaped(key) } : {});

/** @throws UnknownEvent, InvariantViolation when the message is none of ours. */
export function partOf(stored: StoredEnvelope): Part {
  const transaction = transactionOf(stored);
  const [index, count] = stored.header(HEADER.part).split('/').map(Number);
  invariant(transaction && index && count, `Message ${String(stored.sequence)} of the journal has no envelope.`);
  const key = stored.header(HEADER.key);
  const { sequence } = stored;
  const part = { transaction, index, count, sequence, ...(key && { deduplicationKey: unescaped(key) }) };
  return stored.header(HEADER.type) === GUARD ? part : { ...part, event: eventOf(stored, transaction) };
}

/** The sequence of the last message of the transaction that a stored message is a part of. */
export function endOf(stored: Pick<StoredEnvelope, 'header' | 'sequence'>): number {
  const [index = 1, count = 1] = stored.header(HEADER.part).split('/').map(Number);
  return stored.sequence + count - index;
}

/** The last position at or before a stored message that lies between two transactions. */
export function positionBefore(stored: Pick<StoredEnvelope, 'header' | 'sequence'>): number {
  const [index = 1, count = 1] = stored.header(HEADER.part).split('/').map(Number);
  return index === count ? stored.sequence : stored.sequence - index;
}

/** The transaction that a stored message belongs to, without reading the rest. */
export function transactionOf(stored: Pick<StoredEnvelope, 'header'>): TransactionId {
  return transactionId(stored.header(HEADER.transaction));
}

/** The deduplication key on the last message of a transaction. */
export function keyOf(stored: Pick<StoredEnvelope, 'header'>): string | undefined {
  const key = stored.header(HEADER.key);
  return key ? unescaped(key) : undefined;
}

function eventOf(stored: StoredEnvelope, transaction: TransactionId): StoredEvent {
  return {
    subject: parseSubject(stored.subject),
    event: upcast(JSON.parse(stored.body()) as StoredBody),
    sequence: stored.sequence,
    at: Number(stored.header(HEADER.time)),
    transaction,
    actor: unescaped(stored.header(HEADER.actor)),
    cause: unescaped(stored.header(HEADER.cause)),
  };
}

// A header's value is one line without blanks at its ends.
const escaped = (text: string): string =>
  text.replace(/[%\u0000-\u001f\u007f]|^ | $/g, (character) => encodeURIComponent(character));
const unescaped = (text: string): string => (text.includes('%') ? decodeURIComponent(text) : text);
