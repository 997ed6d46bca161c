import { sleep } from '@stowage/concurrency';
import type { JournalId } from '@stowage/domain';
import { type Part, partOf } from '../envelope';
import type { CommittedTransaction } from '../journal';
import { JournalUnavailable, PositionRefused } from '../journal-errors';
import { TransactionAssembly } from '../transaction-assembly';
import { ApiRefusal, type JetStreamApi } from './jetstream-api';
import { journalIdOf } from './open-journal';
import { FeedLost, MessageFeed } from './message-feed';
import { envelopeOfDelivered } from './stored-message';
import { streamInfo } from './stream';

export interface FollowOptions {
  readonly heartbeatMs: number;
  /** Pause before the next attempt when NATS is not there. */
  readonly retryMs: number;
  /** Told of every interruption; following goes on. */
  readonly onInterruption?: (reason: string) => void;
}

/**
 * A server that was just elected, or is still reading its disk, may know less than it did a moment ago. Only one that
 * ends before our position so many times in a row has really lost something.
 */
const BEHIND_MAX = 20;

/** The journal seems to end before the position that we have. */
class Behind extends Error {
  override readonly name = 'Behind';
}

/** All transactions after `position`, for ever; see `Journal.follow`. */
export async function* followStream(
  api: JetStreamApi,
  start: { readonly position: number; readonly journal: JournalId },
  options: FollowOptions,
  signal: AbortSignal,
): AsyncGenerator<CommittedTransaction> {
  const assembly = new TransactionAssembly(start.position);
  let behind = 0;
  while (!signal.aborted) {
    let feed: MessageFeed | undefined;
    const close = (): void => feed?.close();
    try {
      await checkPosition(api, start.journal, assembly.lastSequence);
      behind = 0;
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
      if (error instanceof Behind && (behind += 1) >= BEHIND_MAX) throw new PositionRefused(error.message);
      if (isAborted(signal)) return;
      options.onInterruption?.(error.message);
      await sleep(options.retryMs, signal);
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

/** A NATS that came back may have been given another store meanwhile. @throws PositionRefused, Behind */
async function checkPosition(api: JetStreamApi, journal: JournalId, position: number): Promise<void> {
  const info = await streamInfo(api);
  const found = info && (await journalIdOf(api));
  if (!info || found !== journal) {
    throw new PositionRefused(`NATS now holds ${found ? `journal ${found}` : 'no journal'} instead of ${journal}.`);
  }
  if (position > info.state.last_seq) {
    throw new Behind(`The journal ends at ${String(info.state.last_seq)}, before ${String(position)}.`);
  }
}

/** Asked anew after an await: the compiler takes what it saw before for still true. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;

const isInterruption = (error: unknown): error is Error =>
  [FeedLost, JournalUnavailable, ApiRefusal, Behind].some((kind) => error instanceof kind);
