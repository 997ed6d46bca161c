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
  /** Delay before the next attempt while NATS is unavailable. */
  readonly retryMs: number;
  /** Called after every interruption. Following continues by itself. */
  readonly onInterruption?: (reason: string) => void;
}

/**
 * A newly elected server, or one that still reads its disk, may temporarily report a lower end. Only a server that
 * reports an end before our position this many times in a row has lost data.
 */
const BEHIND_MAX = 20;

/** Thrown when the journal seems to end before our position. */
class Behind extends Error {
  override readonly name = 'Behind';
}

/** Yields all transactions after `position`, until `signal` aborts; see `Journal.follow`. */
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

/**
 * Checks that NATS still has the same journal after a reconnect.
 * @throws PositionRefused, Behind
 */
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

/** Re-checked after the await: TypeScript would keep the narrowed type. */
const isAborted = (signal: AbortSignal): boolean => signal.aborted;

const isInterruption = (error: unknown): error is Error =>
  [FeedLost, JournalUnavailable, ApiRefusal, Behind].some((kind) => error instanceof kind);
