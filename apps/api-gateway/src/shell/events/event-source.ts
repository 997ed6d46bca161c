import { Semaphore } from '@stowage/concurrency';
import type { Journal } from '@stowage/journal';
import type { EventStart } from '../../core/events/event-request';
import { checkedAfter } from './checked-after';
import { type EntrySource, type EventEntry, entryOf } from './event-entry';
import type { EventRing } from './event-ring';

/**
 * Number of events of the ring that a reader receives at once, rounded up to whole transactions. They are held as text
 * until the reader has accepted them.
 */
const PIECE_EVENTS_MAX = 200;
/** Maximum number of events that are read from the journal at once, and thus held for a slow reader. */
const CHUNK_EVENTS_MAX = 1_000;
/** Time within which such a chunk is read, in milliseconds. A partial chunk is passed on. */
const CHUNK_MS_MAX = 2_000;

/** Position of a stream of events. */
export interface EventPosition {
  /** A position between two transactions. */
  readonly position: number;
  /** Events up to this sequence, which may be within a transaction, are omitted. */
  readonly after: number;
}

/**
 * All events of the journal from any position. Near the end of the journal they come from the ring, which all readers
 * share. Earlier events are read from the journal in chunks. A slow reader holds only its current chunk, and no slot
 * for reading the journal.
 */
export class EventSource implements EntrySource {
  private readonly slots: Semaphore;

  constructor(
    private readonly journal: Journal,
    private readonly ring: EventRing,
    catchUpsMax: number,
  ) {
    this.slots = new Semaphore({ permits: catchUpsMax });
  }

  /**
   * Resolves with the position of `start`.
   * @throws Refusal if it is beyond the journal's end.
   * @throws JournalUnavailable if the journal is unavailable.
   */
  async startAt(start: EventStart): Promise<EventPosition> {
    const { journal } = this;
    if ('now' in start) {
      const end = await journal.lastSequence();
      return { position: end, after: end };
    }
    if ('time' in start) {
      const position = await journal.positionAt(start.time);
      return { position, after: position };
    }
    const { after } = start;
    return { position: await checkedAfter(journal, after), after };
  }

  open(position: number): Promise<(signal: AbortSignal) => AsyncIterable<readonly EventEntry[]>> {
    return Promise.resolve((signal) => this.follow(position, signal));
  }

  /** Yields entries as described in {@link EntrySource}. */
  async *follow(position: number, signal: AbortSignal): AsyncGenerator<readonly EventEntry[]> {
    let at = position;
    while (!signal.aborted) {
      const entries = this.ring.after(at, PIECE_EVENTS_MAX) ?? (await this.chunk(at, signal));
      const last = entries.at(-1);
      if (last) {
        at = last.transaction.sequence;
        yield entries;
      } else if (this.ring.reachesBackTo(at)) await this.ring.nextTransaction(signal);
    }
  }

  /** Resolves with the next transactions of the journal, up to the beginning of the ring. */
  private chunk(position: number, signal: AbortSignal): Promise<readonly EventEntry[]> {
    const read = async (): Promise<readonly EventEntry[]> => {
      const entries: EventEntry[] = [];
      let events = 0;
      const bounded = AbortSignal.any([signal, AbortSignal.timeout(CHUNK_MS_MAX)]);
      for await (const transaction of this.journal.follow(position, bounded)) {
        entries.push(entryOf(transaction));
        events += transaction.events.length;
        if (events >= CHUNK_EVENTS_MAX || this.ring.reachesBackTo(transaction.sequence)) break;
      }
      return entries;
    };
    return this.slots.run(read, { signal, denied: () => [] });
  }
}
