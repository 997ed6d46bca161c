import { invariant, type JournalId, journalId, type JournalOpened, type Scope, transactionId } from '@stowage/domain';
import { uuidv7 } from 'uuidv7';
import { envelopesOf, partOf } from '../envelope';
import { JournalUnavailable } from '../journal-errors';
import { JOURNAL_STREAM, subjectOf } from '../subjects';
import type { JetStreamApi } from './jetstream-api';
import { publish } from './publisher';
import { envelopeOfStored } from './stored-message';
import { JournalUnfit } from './stream';

/** Returns the journal's first event, if there is one. */
async function firstEvent(api: JetStreamApi): Promise<JournalOpened | undefined> {
  const first = await api.message(JOURNAL_STREAM, { seq: 1 });
  if (!first) return undefined;
  const event = partOf(envelopeOfStored(first)).event?.event;
  invariant(event?.type === 'JournalOpened', 'The first event of a journal names it.');
  return event;
}

/** Returns the id in the journal's first event, if there is one. */
export async function journalIdOf(api: JetStreamApi): Promise<JournalId | undefined> {
  return (await firstEvent(api))?.journal;
}

interface Naming {
  readonly nowMs: number;
  readonly answerMs: number;
  /** The region and the account that the ARNs of this deployment name. */
  readonly scope?: Scope;
}

/**
 * Names an empty journal once, also if several processes try.
 * @throws JournalUnfit the journal was named for another region or account: clients have stored ARNs that name it.
 */
export async function nameJournal(api: JetStreamApi, naming: Naming): Promise<JournalId> {
  const known = await firstEvent(api);
  return known ? checked(known, naming) : checked(await named(api, naming), naming);
}

function checked({ journal, scope: known }: JournalOpened, { scope }: Naming): JournalId {
  if (!known || !scope || (known.region === scope.region && known.account === scope.account)) return journal;
  throw new JournalUnfit(
    `The journal belongs to region ${known.region} and account ${known.account}, which ARNs name. This process is ` +
      `configured for region ${scope.region} and account ${scope.account}: use the former, or another journal.`,
  );
}

async function named(api: JetStreamApi, { nowMs, answerMs, scope }: Naming): Promise<JournalOpened> {
  const [envelope] = envelopesOf({
    id: transactionId(uuidv7()),
    events: [{ type: 'JournalOpened', version: 1, journal: journalId(uuidv7()), format: 1, ...(scope && { scope }) }],
    expectations: [{ subject: subjectOf({ kind: 'meta' }), sequence: 0 }],
    at: nowMs,
    actor: 'service:journal',
    cause: 'open',
  });
  invariant(envelope, 'One event is one message.');
  const outcome = await publish(api.nats, { envelopes: [envelope], messageIds: [], batchId: '', answerMs });
  // Stored, rejected because another process was first, or unclear: the stored event has the answer.
  const stored = await firstEvent(api);
  if (stored) return stored;
  throw new JournalUnavailable(`The journal could not be named: ${outcome.is}.`);
}
