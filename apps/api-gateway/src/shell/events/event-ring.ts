import type { CommittedTransaction, Fold } from '@stowage/journal';
import { type EventEntry, entryOf } from './event-entry';

const WAKE_MIN_MS = 20;
const WAKE_MAX_MS = 500;
/** Of the time of the process readers take a fifth at most: after they were served, four times as long is for others. */
const WAKE_SHARE = 4;

/** The newest transactions, as the fold came by them: most readers are near the end, and share these. */
export class EventRing {
  private entries: EventEntry[] = [];
  private events = 0;
  private before: number;
  private wokeAt = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  private intervalMs = WAKE_MIN_MS;
  /** Something came after readers were woken last. */
  private isAhead = false;
  private readonly waiting = new Set<() => void>();
  private readonly stopListening: () => void;

  constructor(
    fold: Fold,
    private readonly eventsMax: number,
  ) {
    this.before = fold.position;
    this.stopListening = fold.onTransaction((transaction) => this.add(transaction));
  }

  /**
   * The entries after `position` up to the one with which they have `eventsMax` events, none when there are none yet;
   * undefined: the ring has forgotten them.
   */
  after(position: number, eventsMax: number): readonly EventEntry[] | undefined {
    if (position < this.before) return undefined;
    const first = this.indexAfter(position);
    let end = first;
    for (let events = 0; end < this.entries.length && events < eventsMax; end += 1) {
      events += this.entries[end]?.transaction.events.length ?? 0;
    }
    return this.entries.slice(first, end);
  }

  /** Whether everything after `position` is still here. */
  reachesBackTo(position: number): boolean {
    return position >= this.before;
  }

  /** Resolves at the next transaction, or when `signal` aborts. */
  news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.waiting.add(wake);
      signal.addEventListener('abort', wake);
      if (signal.aborted) wake();
    });
  }

  close(): void {
    this.stopListening();
    clearTimeout(this.timer);
  }

  private add(transaction: CommittedTransaction): void {
    this.entries.push(entryOf(transaction));
    this.events += transaction.events.length;
    // Twice as many are kept for a moment, so that one cut frees many.
    if (this.events > this.eventsMax * 2) this.cut();
    this.isAhead = true;
    this.wakeSoon();
  }

  /**
   * At once after a silence, and then at intervals: when much happens a reader gets many events in one write, and hundreds
   * of readers leave the process most of its time.
   */
  private wakeSoon(): void {
    if (this.timer) return;
    const since = performance.now() - this.wokeAt;
    this.timer = setTimeout(() => this.wakeAll(), Math.max(0, this.intervalMs - since));
  }

  private wakeAll(): void {
    const began = performance.now();
    this.isAhead = false;
    for (const wake of [...this.waiting]) wake();
    // By then all readers have written what they were woken for.
    setImmediate(() => {
      this.wokeAt = performance.now();
      const interval = (this.wokeAt - began) * WAKE_SHARE;
      this.intervalMs = Math.min(WAKE_MAX_MS, Math.max(WAKE_MIN_MS, interval));
      this.timer = undefined;
      if (this.waiting.size > 0 && this.isAhead) this.wakeSoon();
    });
  }

  private cut(): void {
    let gone = 0;
    while (this.events > this.eventsMax && gone < this.entries.length) {
      this.events -= this.entries[gone]?.transaction.events.length ?? 0;
      gone += 1;
    }
    this.before = this.entries[gone - 1]?.transaction.sequence ?? this.before;
    this.entries = this.entries.slice(gone);
  }

  private indexAfter(position: number): number {
    let [low, high] = [0, this.entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.entries[middle]?.transaction.sequence ?? 0) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
