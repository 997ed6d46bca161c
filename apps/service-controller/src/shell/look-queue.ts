/** Longer waits are cut into several: a look too many does no harm, and no timer runs longer. */
const LATER_MAX_MS = 60 * 60_000;

export interface LookQueueOptions {
  readonly inFlightMax: number;
  readonly sliceMs: number;
}

/**
 * Keys that are to be looked at. A key waits once, however often it is marked; it is looked at by one look at a time, so
 * many keys side by side; one that is marked during its look is looked at again. `look` never rejects.
 */
export class LookQueue<Key> {
  private readonly waiting = new Set<Key>();
  private readonly looking = new Map<Key, Promise<void>>();
  private readonly timers = new Map<Key, NodeJS.Timeout>();
  private pumping = false;
  private closed = false;

  constructor(
    private readonly look: (key: Key) => Promise<void>,
    private readonly options: LookQueueOptions,
  ) {}

  mark(key: Key): void {
    if (this.closed) return;
    this.waiting.add(key);
    void this.pump();
  }

  /** Marks the key after `delayMs`, in place of what was said for it before. */
  later(key: Key, delayMs: number): void {
    this.notLater(key);
    if (this.closed) return;
    const timer = setTimeout(
      () => {
        this.timers.delete(key);
        this.mark(key);
      },
      Math.min(Math.max(0, delayMs), LATER_MAX_MS),
    );
    this.timers.set(key, timer);
  }

  notLater(key: Key): void {
    clearTimeout(this.timers.get(key));
    this.timers.delete(key);
  }

  /** Resolves when the looks under way are over; no other begins. */
  async close(): Promise<void> {
    this.closed = true;
    this.waiting.clear();
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    await Promise.all(this.looking.values());
  }

  private async pump(): Promise<void> {
    if (this.pumping) return;
    this.pumping = true;
    // In a turn of its own: whoever marks keys is folding a transaction, and marks several.
    await new Promise((resolve) => setImmediate(resolve));
    let sliceEnd = performance.now() + this.options.sliceMs;
    for (let key = this.next(); key !== undefined; key = this.next()) {
      this.begin(key);
      if (performance.now() < sliceEnd) continue;
      await new Promise((resolve) => setImmediate(resolve));
      sliceEnd = performance.now() + this.options.sliceMs;
    }
    this.pumping = false;
  }

  /** The first that waits and is not being looked at, if there is room for another look. */
  private next(): Key | undefined {
    if (this.looking.size >= this.options.inFlightMax) return undefined;
    for (const key of this.waiting) if (!this.looking.has(key)) return key;
    return undefined;
  }

  private begin(key: Key): void {
    this.waiting.delete(key);
    this.notLater(key);
    const done = this.look(key).finally(() => {
      this.looking.delete(key);
      if (this.waiting.size > 0) void this.pump();
    });
    this.looking.set(key, done);
  }
}
