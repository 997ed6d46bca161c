import type { JournalId } from '@stowage/domain';
import { type Part, partOf } from '../envelope';
import type { CommittedTransaction } from '../journal';
import { JournalUnavailable, PositionRefused } from '../journal-errors';
import { TransactionAssembly } from '../transaction-assembly';
import { ApiRefusal, type JetStreamApi } from './jetstream-api';
import { journalIdOf } from './open-journal';
import { FeedLost, MessageFeed } from './message-feed';
import { pause } from './pause';
import { envelopeOfDelivered } from './stored-message';
import { streamInfo } from './stream';

export interface FollowOptions {
  readonly heartbeatMs: number;
  /** Pause before the next attempt when NATS is not there. */
  readonly retryMs: number;
  /** Told of every interruption; following goes on. */
  readonly onInterruption?: (reason: string) => void;
}

/** All transactions after `position`, for ever; see `Journal.follow`. */
export async function* followStream(
  api: JetStreamApi,
  start: { readonly position: number; readonly journal: JournalId },
  options: FollowOptions,
  signal: AbortSignal,
): AsyncGenerator<CommittedTransaction> {
  const assembly = new TransactionAssembly(start.position);
  while (!signal.aborted) {
    let feed: MessageFeed | undefined;
    const close = (): void => feed?.close();
    try {
      await checkPosition(api, start.journal, assembly.lastSequence);
      feed = await MessageFeed.open(api, { sequence: assembly.lastSequence + 1 }, options);
      signal.addEventListener('abort', close);
      if (isAborted(signal)) return;
      for (let part = await nextPart(feed); part; part = await nextPart(feed)) {
        if (part.sequence !== assembly.lastSequence + 1) throw new FeedLost(`a gap before ${String(part.sequence)}`);
        const transaction = assembly.add(part);
        if (transaction) yield transaction;
      }
    } catch (error) {
      if (!isInterruption(error)) throw error;
      if (isAborted(signal)) return;
      options.onInterruption?.(error.message);
      await pause(options.retryMs, signal);
    } finally {
      signal.removeEventListener('abort', close);
      close();
    }
  }
}

async function nextPart(feed: MessageFeed): Promise<Part | undefined> {
  const message = await feed.next();
  return message && partOf(envelopeOfDelivered(message));
}

/** A NATS that came back may have been given another store meanwhile. */
async function checkPosition(api: JetStreamApi, journal: JournalId, position: number): Promise<void> {
  const info = await streamInfo(api);
  const found = info && (await journalIdOf(api));
  if (!info || found !== journal) {
    throw new PositionRefused(`NATS now holds ${found ? `journal ${found}` : 'no journal'} instead of ${journal}.`);
  }
  if (position > info.state.last_seq) {
    throw new PositionRefused(`The journal ends at ${String(info.state.last_seq)}, before ${String(position)}.`);
  }
}

/** Asked anew after an await: the compiler takes what it saw before for still true. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;

const isInterruption = (error: unknown): error is Error =>
  error instanceof FeedLost || error instanceof JournalUnavailable || error instanceof ApiRefusal;
