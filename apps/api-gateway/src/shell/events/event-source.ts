import { Semaphore } from '@stowage/concurrency';
import type { Journal } from '@stowage/journal';
import type { EventStart } from '../../core/events/event-request';
import { checkedAfter } from './checked-after';
import { type EntrySource, type EventEntry, entryOf } from './event-entry';
import type { EventRing } from './event-ring';

/** About so many events of the ring are handed to a reader at once, and held for it as text: whole transactions. */
const PIECE_EVENTS_MAX = 200;
/** How many events are read from the journal in one go: a reader that is slow holds no more than these. */
const CHUNK_EVENTS_MAX = 1_000;
/** How long reading them may take; what is there by then is handed over. */
const CHUNK_MS_MAX = 2_000;

/** Where a stream of events stands. */
export interface EventPosition {
  /** Between two transactions. */
  readonly position: number;
  /** Events up to here are not wanted: it may lie inside of a transaction. */
  readonly after: number;
}

/**
 * All events of the journal from any position on. Near the end they come from the ring, which all readers share; behind
 * it from the journal, in chunks. A reader takes its time: nothing is kept for it but the chunk that it is at, and no
 * slot of the journal's is held while it reads.
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

  /** @throws Refusal when it lies beyond the journal's end, JournalUnavailable. */
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

  /** As {@link EntrySource} says. */
  async *follow(position: number, signal: AbortSignal): AsyncGenerator<readonly EventEntry[]> {
    let at = position;
    while (!signal.aborted) {
      const entries = this.ring.after(at, PIECE_EVENTS_MAX) ?? (await this.chunk(at, signal));
      const last = entries.at(-1);
      if (last) {
        at = last.transaction.sequence;
        yield entries;
      } else if (this.ring.reachesBackTo(at)) await this.ring.news(signal);
    }
  }

  /** The next transactions of the journal, up to where the ring begins. */
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
