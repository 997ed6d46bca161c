import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { backoffMs, type Denial, Semaphore, SingleFlight, sleep } from '@stowage/concurrency';
import type { EpochMs, JournalId, Scope } from '@stowage/domain';
import type { NatsConnection } from 'nats';
import { checkTransaction } from '../check-transaction';
import { type Envelope, envelopesOf, partOf, placeOf, positionBefore } from '../envelope';
import { type Committed, type CommittedTransaction, Journal, type StoredEvent, type Transaction } from '../journal';
import { beyondEnd, JournalConflict, JournalUnavailable } from '../journal-errors';
import { JOURNAL_STREAM } from '../subjects';
import { findKey } from './find-key';
import { followStream } from './follow';
import { ApiRefusal, JetStreamApi } from './jetstream-api';
import { nameJournal } from './open-journal';
import { type Outcome, publish } from './publisher';
import { ownExpectation, settle } from './settle';
import { envelopeOfStored } from './stored-message';
import { checkServerVersion, openStream, streamInfo } from './stream';

export interface JetStreamJournalOptions {
  readonly replicas: number;
  /** Region and account of the deployment. A new journal is bound to them, and an existing journal must match them. */
  readonly scope?: Scope;
  /** Time within which NATS must send one answer. */
  readonly answerMs: number;
  /** Time for which a request or a commit is retried before JournalUnavailable. */
  readonly timeoutMs: number;
  /** Lower and upper bound of the delay before a retry. */
  readonly retryMs: number;
  readonly retryMaxMs: number;
  readonly heartbeatMs: number;
  /**
   * Number of messages of one process that are being sent at the same time. The server accepts 1,000 batches from all
   * processes.
   */
  readonly singlesInFlightMax: number;
  readonly batchesInFlightMax: number;
  readonly now?: () => number;
  /** Called when following was interrupted. Following continues by itself. */
  readonly onInterruption?: (reason: string) => void;
}

export const JETSTREAM_JOURNAL_DEFAULTS: JetStreamJournalOptions = {
  replicas: 1,
  answerMs: 2_000,
  timeoutMs: 10_000,
  retryMs: 10,
  retryMaxMs: 250,
  heartbeatMs: 2_000,
  singlesInFlightMax: 256,
  batchesInFlightMax: 32,
};

/** Number of commits of one process that may wait to be sent, for single events and for batches. */
export const COMMITS_WAITING_MAX = 20_000;

/** The journal in one JetStream stream. The caller owns the connection, which stays open. */
export class JetStreamJournal extends Journal {
  private readonly ends: SingleFlight<number>;
  private readonly closing = new AbortController();
  private readonly now: () => number;
  private readonly singles: Semaphore;
  private readonly batches: Semaphore;

  private constructor(
    private readonly api: JetStreamApi,
    readonly id: JournalId,
    private readonly options: JetStreamJournalOptions,
  ) {
    super();
    this.now = options.now ?? Date.now;
    this.singles = new Semaphore({ permits: options.singlesInFlightMax, waitingMax: COMMITS_WAITING_MAX });
    this.batches = new Semaphore({ permits: options.batchesInFlightMax, waitingMax: COMMITS_WAITING_MAX });
    setMaxListeners(0, this.closing.signal);
    this.ends = new SingleFlight(() => this.repeated(() => this.askForEnd()));
  }

  /**
   * Creates the stream and names the journal if they do not exist yet.
   * @throws JournalUnfit, JournalUnavailable, ApiRefusal
   */
  static async open(nats: NatsConnection, options: JetStreamJournalOptions): Promise<JetStreamJournal> {
    checkServerVersion(nats.info?.version ?? '0');
    const api = new JetStreamApi(nats, options.answerMs);
    await openStream(api, options.replicas);
    const { now = Date.now, answerMs, scope } = options;
    const id = await nameJournal(api, { nowMs: now(), answerMs, ...(scope && { scope }) });
    return new JetStreamJournal(api, id, options);
  }

  async commit(transaction: Transaction): Promise<Committed> {
    checkTransaction(transaction);
    const envelopes = envelopesOf(transaction);
    const inFlight = envelopes.length === 1 ? this.singles : this.batches;
    const { timeoutMs } = this.options;
    return inFlight.run(() => this.commitEnvelopes(transaction, envelopes), {
      timeoutMs,
      denied: (denial) => {
        throw notCommitted(denial, timeoutMs);
      },
    });
  }

  lastSequence(): Promise<number> {
    return this.ends.run();
  }

  follow(position: number, signal: AbortSignal): AsyncGenerator<CommittedTransaction> {
    const { heartbeatMs, retryMaxMs, onInterruption } = this.options;
    return followStream(
      this.api,
      { position, journal: this.id },
      { heartbeatMs, retryMs: retryMaxMs, ...(onInterruption && { onInterruption }) },
      AbortSignal.any([signal, this.closing.signal]),
    );
  }

  async read(sequence: number): Promise<StoredEvent | undefined> {
    const message = await this.repeated(() => this.api.message(JOURNAL_STREAM, { seq: sequence }));
    return message && partOf(envelopeOfStored(message)).event;
  }

  async positionBefore(sequence: number): Promise<number> {
    if (sequence === 0) return 0;
    const message = await this.repeated(() => this.api.message(JOURNAL_STREAM, { seq: sequence }));
    if (!message) throw beyondEnd(sequence, await this.lastSequence());
    return positionBefore(placeOf(envelopeOfStored(message)));
  }

  async positionAt(time: EpochMs): Promise<number> {
    const end = await this.lastSequence();
    const start_time = new Date(time).toISOString();
    const message = await this.repeated(() => this.api.message(JOURNAL_STREAM, { start_time }));
    // All events of a transaction have the same time, so the position before the first later message is the right one.
    return message ? this.positionBefore(message.seq - 1) : end;
  }

  close(): Promise<void> {
    this.closing.abort();
    return Promise.resolve();
  }

  private async commitEnvelopes(transaction: Transaction, envelopes: readonly Envelope[]): Promise<Committed> {
    const messageIds = messageIdsOf(transaction, envelopes);
    const deadline = this.now() + this.options.timeoutMs;
    let unclear = false;
    let reason = 'it was closed';
    for (let attempt = 1; !this.closing.signal.aborted; attempt += 1) {
      const batchId = `${transaction.id}-${String(attempt)}`;
      const { answerMs } = this.options;
      const outcome = await publish(this.api.nats, { envelopes, messageIds, batchId, answerMs });
      const committed = await this.conclude(transaction, outcome, unclear);
      if (committed) return committed;
      unclear ||= outcome.is === 'unclear';
      if ('reason' in outcome) reason = outcome.reason;
      if (this.now() >= deadline) break;
      await sleep(this.backoff(attempt), this.closing.signal);
    }
    throw new JournalUnavailable(`The journal did not take a transaction in time: ${reason}.`);
  }

  /**
   * Returns the outcome of an attempt, or undefined if the same transaction must be tried again.
   * @throws JournalConflict
   */
  private async conclude(
    transaction: Transaction,
    outcome: Outcome,
    unclearBefore: boolean,
  ): Promise<Committed | undefined> {
    switch (outcome.is) {
      case 'stored':
        return { sequence: outcome.sequence, duplicate: false };
      case 'repeated':
        return transaction.origins
          ? this.repetitionInBatch(transaction)
          : this.repetition(transaction, outcome.sequence);
      case 'later':
        return undefined;
      case 'conflict':
        // A rejection of the first attempt is a conflict. After an unclear attempt, the cause may be our own stored
        // event.
        if (!unclearBefore) throw new JournalConflict(outcome.reason);
        return this.settled(transaction);
      case 'unclear':
        return this.settled(transaction);
    }
  }

  private async settled(transaction: Transaction): Promise<Committed | undefined> {
    const settled = await settle(this.api, transaction).catch(orUndefined);
    if (settled?.is === 'impossible') throw new JournalConflict('Another transaction was committed first.');
    return settled?.is === 'stored' ? { sequence: settled.sequence, duplicate: false } : undefined;
  }

  /**
   * A message with our message id is already stored: by an earlier attempt of this transaction, or by another one with
   * the same key.
   */
  private async repetition(transaction: Transaction, known: number | undefined): Promise<Committed | undefined> {
    const key = transaction.deduplicationKey;
    const sequence = known ?? (await findKey(this.api, key ?? transaction.id, this.options).catch(orUndefined));
    if (sequence === undefined) return undefined;
    const message = await this.api.message(JOURNAL_STREAM, { seq: sequence }).catch(orUndefined);
    if (!message) return undefined;
    return { sequence, duplicate: placeOf(envelopeOfStored(message)).transaction !== transaction.id };
  }

  /** One of several keys is already stored: by an earlier attempt of this transaction, or by another one. */
  private async repetitionInBatch(transaction: Transaction): Promise<Committed> {
    const settled = await this.settled(transaction);
    if (settled) return settled;
    throw new JournalConflict('One of the requests was already committed.');
  }

  private async askForEnd(): Promise<number> {
    const info = await streamInfo(this.api);
    if (!info) throw new JournalUnavailable(`NATS has no stream ${JOURNAL_STREAM}.`);
    return info.state.last_seq;
  }

  /**
   * Retries a request until it is answered or the time is over.
   * @throws JournalUnavailable
   */
  private async repeated<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    const deadline = this.now() + this.options.timeoutMs;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await question();
      } catch (error) {
        const over = this.closing.signal.aborted || this.now() >= deadline;
        if (!isUnavailable(error) || over)
          throw new JournalUnavailable('The journal did not answer.', { cause: error });
        await sleep(this.backoff(attempt), this.closing.signal);
      }
    }
  }

  private backoff(attempt: number): number {
    return (
      backoffMs(attempt, { minMs: this.options.retryMs, maxMs: this.options.retryMaxMs }) * (0.5 + Math.random() / 2)
    );
  }
}

/** The error of a commit that did not get a permit: nothing of it was sent. */
function notCommitted(denial: Denial, timeoutMs: number): JournalUnavailable {
  const reason =
    denial === 'full'
      ? `${String(COMMITS_WAITING_MAX)} commits of this process already wait`
      : `the commits before it took longer than ${String(timeoutMs)} ms`;
  return new JournalUnavailable(`The journal did not take a transaction: ${reason}.`);
}

/**
 * Returns the message ids by which the server recognises a repetition: the hashed key of the writer, because the key
 * may be long. A transaction without an expectation on what it writes is protected by its own id. The others are
 * protected by their expectations, which cost no memory.
 */
function messageIdsOf(transaction: Transaction, envelopes: readonly Envelope[]): readonly (string | undefined)[] {
  const last = transaction.origins || ownExpectation(transaction) ? undefined : transaction.id;
  return envelopes.map(({ deduplicationKey: key }, at) => {
    if (key) return createHash('sha256').update(key).digest('base64url');
    return at === envelopes.length - 1 ? last : undefined;
  });
}

const isUnavailable = (error: unknown): boolean => error instanceof JournalUnavailable || error instanceof ApiRefusal;

/** An unclear outcome is not final: the commit is retried until its deadline. */
function orUndefined(error: unknown): undefined {
  if (!isUnavailable(error)) throw error;
}
