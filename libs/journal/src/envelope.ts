import { invariant, transactionId, type TransactionId } from '@stowage/domain';
import { placeExpectations } from './expectation-slots';
import type { EventOrigin, Expectation, StoredEvent, Subject, Transaction } from './journal';
import { bodyOf, type MessageBody, type StoredEnvelope } from './message-body';
import { guardSubject, parseSubject, subjectOfEvent } from './subjects';
import { upcast } from './upcasters';

/** A message as it is published. */
export interface Envelope {
  readonly subject: Subject;
  readonly body: string;
  readonly expectation?: Expectation;
  /** The deduplication key of the request whose last message this is. */
  readonly deduplicationKey?: string;
}

/** The place of a message in its transaction. */
export interface Place {
  readonly transaction: TransactionId;
  readonly index: number;
  readonly count: number;
  readonly sequence: number;
  readonly deduplicationKey?: string;
}

/** One message and its place in its transaction. */
export interface Part extends Place {
  /** Absent on a guard. */
  readonly event?: StoredEvent;
}

/** Returns the messages of a transaction in the order in which they are stored: guards, then events. */
export function envelopesOf(transaction: Transaction): readonly Envelope[] {
  const subjects = transaction.events.map(subjectOfEvent);
  const { guards, onEvents } = placeExpectations(subjects, transaction.expectations);
  const count = guards.length + transaction.events.length;
  const originOf = (index: number): EventOrigin => {
    const { origins, actor, cause, deduplicationKey } = transaction;
    const whole = { actor, cause, ...(deduplicationKey && index + 1 === count && { deduplicationKey }) };
    return origins?.[index - guards.length] ?? whole;
  };
  const about = (index: number): MessageBody => {
    const { actor, cause, deduplicationKey: key } = originOf(index);
    const place = { transaction: transaction.id, part: index + 1, of: count };
    return { ...place, at: transaction.at, actor, cause, ...(key && { key }) };
  };
  return [
    ...guards.map((expectation, index) => ({ subject: guardSubject, body: JSON.stringify(about(index)), expectation })),
    ...transaction.events.map((event, at) => {
      const expectation = onEvents[at];
      const body = about(guards.length + at);
      return {
        subject: subjects[at] ?? guardSubject,
        body: JSON.stringify({ ...body, event }),
        ...(expectation && { expectation }),
        ...(body.key && { deduplicationKey: body.key }),
      };
    }),
  ];
}

/** @throws UnknownEvent; InvariantViolation if the message is not ours */
export function partOf(stored: StoredEnvelope): Part {
  const body = bodyOf(stored);
  const place = placeIn(body, stored.sequence);
  if (!body.event) return place;
  const event: StoredEvent = {
    subject: parseSubject(stored.subject),
    event: upcast(body.event),
    sequence: stored.sequence,
    at: body.at,
    transaction: place.transaction,
    actor: body.actor,
    cause: body.cause,
  };
  return { ...place, event };
}

/**
 * Returns the place of a message without reading its event.
 * @throws InvariantViolation if the message is not ours
 */
export const placeOf = (stored: StoredEnvelope): Place => placeIn(bodyOf(stored), stored.sequence);

/** Returns the sequence of the last message of the transaction to which a message belongs. */
export const endOf = ({ sequence, index, count }: Place): number => sequence + count - index;

/** Returns the last position at or before a message that lies between two transactions. */
export const positionBefore = ({ sequence, index, count }: Place): number =>
  index === count ? sequence : sequence - index;

function placeIn({ transaction, part, of, key }: MessageBody, sequence: number): Place {
  invariant(transaction && part && of, `Message ${String(sequence)} of the journal has no envelope.`);
  const place = { transaction: transactionId(transaction), index: part, count: of, sequence };
  return key ? { ...place, deduplicationKey: key } : place;
}
