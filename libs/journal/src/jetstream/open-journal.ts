import { invariant, type JournalId, journalId, transactionId } from '@stowage/domain';
import { uuidv7 } from 'uuidv7';
import { envelopesOf, partOf } from '../envelope';
import { JournalUnavailable } from '../journal-errors';
import { JOURNAL_STREAM, subjectOf } from '../subjects';
import type { JetStreamApi } from './jetstream-api';
import { publish } from './publisher';
import { envelopeOfStored } from './stored-message';

/** Returns the id in the journal's first event, if there is one. */
export async function journalIdOf(api: JetStreamApi): Promise<JournalId | undefined> {
  const first = await api.message(JOURNAL_STREAM, { seq: 1 });
  if (!first) return undefined;
  const event = partOf(envelopeOfStored(first)).event?.event;
  invariant(event?.type === 'JournalOpened', 'The first event of a journal names it.');
  return event.journal;
}

/** Names an empty journal once, also if several processes try. */
export async function nameJournal(api: JetStreamApi, nowMs: number, answerMs: number): Promise<JournalId> {
  const known = await journalIdOf(api);
  if (known) return known;
  const [envelope] = envelopesOf({
    id: transactionId(uuidv7()),
    events: [{ type: 'JournalOpened', version: 1, journal: journalId(uuidv7()), format: 1 }],
    expectations: [{ subject: subjectOf({ kind: 'meta' }), sequence: 0 }],
    at: nowMs,
    actor: 'service:journal',
    cause: 'open',
  });
  invariant(envelope, 'One event is one message.');
  const outcome = await publish(api.nats, { envelopes: [envelope], messageIds: [], batchId: '', answerMs });
  // Stored, rejected because another process was first, or unclear: the stored event has the answer.
  const named = await journalIdOf(api);
  if (named) return named;
  throw new JournalUnavailable(`The journal could not be named: ${outcome.is}.`);
}
