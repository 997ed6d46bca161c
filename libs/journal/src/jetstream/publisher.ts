import { headers, type Msg, type MsgHdrs, type NatsConnection } from 'nats';
import type { Envelope } from '../envelope';
import { isNoResponders, unavailableReason } from './jetstream-api';
import { type ApiError, HEADER, isConflict, isLater, isRepeatedBatch } from './wire';

/** The outcome of one attempt to store the messages of a transaction. */
export type Outcome =
  | { readonly is: 'stored'; readonly sequence: number }
  /**
   * Nothing was stored now, because a message with this id exists already; for a single message it is at `sequence`.
   */
  | { readonly is: 'repeated'; readonly sequence?: number }
  | { readonly is: 'conflict'; readonly reason: string }
  /** Nothing was stored; the same attempt may succeed later. */
  | { readonly is: 'later'; readonly reason: string }
  /** Unknown: it may be stored, may still be stored, or not. */
  | { readonly is: 'unclear'; readonly reason: string };

export interface Attempt {
  readonly envelopes: readonly Envelope[];
  /** One id per message. The server stores each id at most once inside its duplicate window. */
  readonly messageIds: readonly (string | undefined)[];
  /** Differs between attempts, because an abandoned batch must not be continued. */
  readonly batchId: string;
  readonly answerMs: number;
}

interface PublishAnswer {
  readonly seq?: number;
  readonly duplicate?: boolean;
  readonly error?: ApiError;
}

/** Publishes a transaction once: one message plainly, several as an atomic batch. Never throws. */
export async function publish(nats: NatsConnection, attempt: Attempt): Promise<Outcome> {
  try {
    return attempt.envelopes.length === 1 ? await publishOne(nats, attempt) : await publishBatch(nats, attempt);
  } catch (error) {
    return { is: isNoResponders(error) ? 'later' : 'unclear', reason: unavailableReason(error) };
  }
}

async function publishOne(nats: NatsConnection, { envelopes, messageIds, answerMs }: Attempt): Promise<Outcome> {
  const [envelope] = envelopes;
  if (!envelope) throw new RangeError('Nothing to publish.');
  return outcomeOf(await send(nats, envelope, headersOf(envelope, messageIds[0]), answerMs));
}

async function publishBatch(nats: NatsConnection, attempt: Attempt): Promise<Outcome> {
  const { envelopes, messageIds, batchId, answerMs } = attempt;
  const last = envelopes.length - 1;
  const answers: Promise<Msg>[] = [];
  for (const [index, envelope] of envelopes.entries()) {
    const head = headersOf(envelope, messageIds[index]);
    head.set(HEADER.batchId, batchId);
    head.set(HEADER.batchSequence, String(index + 1));
    if (index === last) head.set(HEADER.batchCommit, '1');
    // The server answers the first message, with an error if it has no room for another batch, and the last one.
    if (index === 0 || index === last) answers.push(send(nats, envelope, head, answerMs));
    else nats.publish(envelope.subject, Buffer.from(envelope.body), { headers: head });
  }
  const [first, commit] = await Promise.allSettled(answers);
  if (commit?.status !== 'fulfilled') throw commit?.reason;
  const outcome = outcomeOf(commit.value);
  if (outcome.is === 'stored' || first?.status !== 'fulfilled') return outcome;
  const refusal = errorOf(first.value);
  return refusal ? outcomeOfError(refusal) : outcome;
}

function headersOf(envelope: Envelope, messageId: string | undefined): MsgHdrs {
  const head = headers();
  const { expectation } = envelope;
  if (expectation) {
    head.set(HEADER.expectedSequence, String(expectation.sequence));
    if (expectation.subject !== envelope.subject) head.set(HEADER.expectedSubject, expectation.subject);
  }
  if (messageId) head.set(HEADER.messageId, messageId);
  return head;
}

function send(nats: NatsConnection, envelope: Envelope, head: MsgHdrs, answerMs: number): Promise<Msg> {
  return nats.request(envelope.subject, Buffer.from(envelope.body), { headers: head, timeout: answerMs });
}

function errorOf(answer: Msg): ApiError | undefined {
  return answer.data.length === 0 ? undefined : answer.json<PublishAnswer>().error;
}

function outcomeOf(answer: Msg): Outcome {
  const { seq, duplicate, error } = answer.json<PublishAnswer>();
  if (error) return outcomeOfError(error);
  if (seq === undefined) return { is: 'unclear', reason: 'an answer without a sequence' };
  return duplicate ? { is: 'repeated', sequence: seq } : { is: 'stored', sequence: seq };
}

function outcomeOfError(error: ApiError): Outcome {
  const reason = error.description ?? `error ${String(error.err_code ?? error.code)}`;
  if (isConflict(error)) return { is: 'conflict', reason };
  if (isRepeatedBatch(error)) return { is: 'repeated' };
  if (isLater(error)) return { is: 'later', reason };
  return { is: 'unclear', reason };
}
