import { endOf, placeOf } from '../envelope';
import { type JetStreamApi } from './jetstream-api';
import { FeedLost, MessageFeed } from './message-feed';
import { envelopeOfDelivered } from './stored-message';
import { DUPLICATE_WINDOW_MS, streamInfo } from './stream';

/** Upper bound of the difference between the clocks of the server and of this process. */
const CLOCK_SKEW_MS = 60_000;

/**
 * Finds where a repeated batch was stored first: the event that carries the key, or the end of the transaction with
 * that id. The server rejects the batch without this position, so the window is read from its start. This is rare: it
 * needs a batch with a client token that was sent twice.
 */
export async function findKey(
  api: JetStreamApi,
  keyOrTransaction: string,
  options: { readonly heartbeatMs: number; readonly now?: () => number },
): Promise<number | undefined> {
  const end = (await streamInfo(api))?.state.last_seq ?? 0;
  const timeMs = (options.now ?? Date.now)() - DUPLICATE_WINDOW_MS - CLOCK_SKEW_MS;
  const feed = await MessageFeed.open(api, { timeMs }, { heartbeatMs: options.heartbeatMs });
  try {
    for (let message = await feed.next(); message; message = await feed.next()) {
      const place = placeOf(envelopeOfDelivered(message));
      // In a transaction with several keys, each key is on the last event of its own request.
      if (place.deduplicationKey === keyOrTransaction) return place.sequence;
      if (place.transaction === keyOrTransaction) return endOf(place);
      if (place.sequence >= end) return undefined;
    }
    return undefined;
  } catch (error) {
    if (error instanceof FeedLost) return undefined;
    throw error;
  } finally {
    feed.close();
  }
}
