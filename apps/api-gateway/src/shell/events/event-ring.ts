import type { CommittedTransaction, Fold } from '@stowage/journal';
import { type EventEntry, entryOf } from './event-entry';

const WAKE_MIN_MS = 20;
const WAKE_MAX_MS = 500;
/**
 * Readers use at most a fifth of the process's time: after each wake-up, the ring waits four times as long as the
 * readers worked.
 */
const WAKE_SHARE = 4;

/** The newest transactions, in the order of the fold. Most readers are near the end of the journal and share them. */
export class EventRing {
  private entries: EventEntry[] = [];
  private events = 0;
  private before: number;
  private wokeAt = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;
  private intervalMs = WAKE_MIN_MS;
  /** A transaction has arrived since readers were last woken. */
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
   * Returns the entries after `position`, up to the entry that reaches `eventsMax` events; an empty list if there are
   * none yet; undefined if the ring no longer contains them.
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

  /** Returns true if the ring contains all transactions after `position`. */
  reachesBackTo(position: number): boolean {
    return position >= this.before;
  }

  /** Resolves at the next transaction, or when `signal` aborts. */
  nextTransaction(signal: AbortSignal): Promise<void> {
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
    // The ring grows to twice its limit before it is cut, so that one cut removes many entries.
    if (this.events > this.eventsMax * 2) this.cut();
    this.isAhead = true;
    this.wakeSoon();
  }

  /**
   * Wakes readers at once after a pause, and otherwise at intervals. Under load a reader thus receives many events in
   * one write, and hundreds of readers leave most of the process's time to other work.
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
    // All readers have written their events when this callback runs.
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
