import { aggregateOf } from '@stowage/domain';
import type { CommittedTransaction } from '@stowage/journal';
import type { EventRequest } from '../../core/events/event-request';
import { publishedEvent } from '../../core/events/published-event';

/** One event as text, and the members by which readers filter. */
export interface EventText {
  readonly sequence: number;
  readonly type: string;
  readonly cluster: string | undefined;
  /** One line of JSON. */
  readonly json: string;
}

/** A transaction of the journal for readers. Its text is made once for all readers, at the first call. */
export interface EventEntry {
  readonly transaction: CommittedTransaction;
  texts(): readonly EventText[];
}

/** Source of the entries of a stream. */
export interface EntrySource {
  /** Yields all transactions after `position`, each once, in order and in pieces, until the signal aborts. */
  open(position: number): Promise<(signal: AbortSignal) => AsyncIterable<readonly EventEntry[]>>;
}

export function entryOf(transaction: CommittedTransaction): EventEntry {
  let texts: readonly EventText[] | undefined;
  return { transaction, texts: () => (texts ??= textsOf(transaction)) };
}

function textsOf({ events, sequence: position }: CommittedTransaction): readonly EventText[] {
  return events.map((stored) => {
    const aggregate = aggregateOf(stored.event);
    return {
      sequence: stored.sequence,
      type: stored.event.type,
      cluster: 'cluster' in aggregate ? aggregate.cluster : undefined,
      json: JSON.stringify(publishedEvent(stored, position)),
    };
  });
}

/** Returns the events of `entries` after `after` that match the filters of `request`. */
export function matchingEvents(
  entries: readonly EventEntry[],
  { cluster, types }: EventRequest,
  after: number,
): readonly EventText[] {
  return entries
    .flatMap((entry) => entry.texts())
    .filter((text) => text.sequence > after)
    .filter((text) => cluster === undefined || text.cluster === cluster)
    .filter((text) => types === undefined || types.has(text.type));
}
