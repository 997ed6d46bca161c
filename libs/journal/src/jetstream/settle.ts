import { endOf, placeOf } from '../envelope';
import type { Transaction } from '../journal';
import { JOURNAL_STREAM, subjectOfEvent } from '../subjects';
import type { JetStreamApi } from './jetstream-api';
import { envelopeOfStored } from './stored-message';

/** The outcome of a transaction whose answer was lost. */
export type Settled =
  | { readonly is: 'stored'; readonly sequence: number }
  /** It was not stored and can never be stored, because what it expected has changed. */
  | { readonly is: 'impossible' }
  /** It is not stored yet. An attempt may still be in transit, so only the same transaction may be sent again. */
  | { readonly is: 'open' };

/**
 * Looks a transaction up after an unclear answer. It first checks whether a stored event breaks an expectation, and
 * then whether the transaction is stored. If both were stored, the breaking event came after the transaction. Therefore
 * "broken" and then "not stored" together mean that it can never be stored.
 */
export async function settle(api: JetStreamApi, transaction: Transaction): Promise<Settled> {
  const broken = await isBroken(api, transaction);
  const sequence = await sequenceOf(api, transaction);
  if (sequence !== undefined) return { is: 'stored', sequence };
  return { is: broken ? 'impossible' : 'open' };
}

async function isBroken(api: JetStreamApi, { expectations }: Transaction): Promise<boolean> {
  for (const { subject, sequence } of expectations) {
    const last = await api.message(JOURNAL_STREAM, { last_by_subj: subject });
    if ((last?.seq ?? 0) !== sequence) return true;
  }
  return false;
}

/** The expectation on a subject that the transaction writes. It determines where the transaction can be stored. */
export function ownExpectation({ events, expectations }: Transaction): Transaction['expectations'][number] | undefined {
  const written = new Set(events.map(subjectOfEvent));
  return expectations.find(({ subject }) => written.has(subject));
}

/** It can only be the first event on a subject after the sequence that it expected there. */
async function sequenceOf(api: JetStreamApi, transaction: Transaction): Promise<number | undefined> {
  const own = ownExpectation(transaction);
  if (!own) return undefined;
  const next = await api.message(JOURNAL_STREAM, { seq: own.sequence + 1, next_by_subj: own.subject });
  if (!next) return undefined;
  const place = placeOf(envelopeOfStored(next));
  return place.transaction === transaction.id ? endOf(place) : undefined;
}
