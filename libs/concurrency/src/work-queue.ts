/** Upper bound of one timer. A longer delay ends early; the extra reconcile pass does no harm. */
const DELAY_MAX_MS = 60 * 60_000;

export interface WorkQueueOptions {
  /** Number of keys that are reconciled at the same time. */
  readonly inFlightMax: number;
  /** Time after which the queue yields to the event loop while it starts passes, in milliseconds. */
  readonly sliceMs: number;
}

/**
 * Work queue of keys. Duplicates of a waiting key are collapsed, and at most one pass per key runs at a time. A key that
 * is added during its own pass is reconciled again afterwards. `reconcile` must never reject.
 */
export class WorkQueue<Key> {
  private readonly waiting = new Set<Key>();
  private readonly running = new Map<Key, Promise<void>>();
  private readonly timers = new Map<Key, NodeJS.Timeout>();
  private pumping = false;
  private closed = false;

  constructor(
    private readonly reconcile: (key: Key) => Promise<void>,
    private readonly options: WorkQueueOptions,
  ) {}

  add(key: Key): void {
    if (this.closed) return;
    this.waiting.add(key);
    void this.pump();
  }

  /** Adds the key after `delayMs`. It replaces an earlier delay of the same key. */
  addAfter(key: Key, delayMs: number): void {
    this.cancelDelay(key);
    if (this.closed) return;
    const timer = setTimeout(
      () => {
        this.timers.delete(key);
        this.add(key);
      },
      Math.min(Math.max(0, delayMs), DELAY_MAX_MS),
    );
    this.timers.set(key, timer);
  }

  cancelDelay(key: Key): void {
    clearTimeout(this.timers.get(key));
    this.timers.delete(key);
  }

  /** Resolves when all running passes have ended. No other pass starts. */
  async close(): Promise<void> {
    this.closed = true;
    this.waiting.clear();
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    await Promise.all(this.running.values());
  }

  private async pump(): Promise<void> {
    if (this.pumping) return;
    this.pumping = true;
    // The caller may add several keys in one turn, for example while it folds a transaction.
    await new Promise((resolve) => setImmediate(resolve));
    let sliceEnd = performance.now() + this.options.sliceMs;
    for (let key = this.next(); key !== undefined; key = this.next()) {
      this.start(key);
      if (performance.now() < sliceEnd) continue;
      await new Promise((resolve) => setImmediate(resolve));
      sliceEnd = performance.now() + this.options.sliceMs;
    }
    this.pumping = false;
  }

  /** Returns the first waiting key that has no running pass, or undefined if no other pass may start now. */
  private next(): Key | undefined {
    if (this.running.size >= this.options.inFlightMax) return undefined;
    for (const key of this.waiting) if (!this.running.has(key)) return key;
    return undefined;
  }

  private start(key: Key): void {
    this.waiting.delete(key);
    this.cancelDelay(key);
    const done = this.reconcile(key).finally(() => {
      this.running.delete(key);
      if (this.waiting.size > 0) void this.pump();
    });
    this.running.set(key, done);
  }
}
