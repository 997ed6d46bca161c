import type { EpochMs } from '@stowage/domain';

/** One life of a simulated process, from its start to its crash. The events of a dead life do not run. */
export interface Life {
  readonly name: string;
  isDead: boolean;
  /** The process is stalled until this time; its events run late, after it. */
  stalledUntil: EpochMs;
}

interface ScheduledEvent {
  readonly at: EpochMs;
  /** Events of the same time run in the order in which they were scheduled. */
  readonly order: number;
  readonly life: Life;
  readonly action: () => void;
  isCancelled: boolean;
}

const realSetImmediate = setImmediate;

/**
 * A clock that jumps from one scheduled event to the next. Everything that runs in an event, promises included, belongs
 * to the event's life. Killing a process therefore drops all of its pending events, whichever `await` it has reached.
 * All promises settle between two events.
 */
export class VirtualTime {
  now: EpochMs;
  eventsRun = 0;
  private failure: Error | undefined;
  /** The life of the running event. */
  current: Life;
  readonly world: Life = { name: 'world', isDead: false, stalledUntil: 0 };
  private readonly heap: ScheduledEvent[] = [];
  private scheduled = 0;
  private uninstall: () => void = () => undefined;

  constructor(beginsAt: EpochMs) {
    this.now = beginsAt;
    this.current = this.world;
  }

  newLife(name: string): Life {
    return { name, isDead: false, stalledUntil: 0 };
  }

  /** Runs `action`; everything that it starts belongs to `life`. */
  in<Result>(life: Life, action: () => Result): Result {
    const before = this.current;
    this.current = life;
    try {
      return action();
    } finally {
      this.current = before;
    }
  }

  schedule(life: Life, delayMs: number, action: () => void): ScheduledEvent {
    this.scheduled += 1;
    const event = { at: this.now + Math.max(0, delayMs), order: this.scheduled, life, action, isCancelled: false };
    this.push(event);
    return event;
  }

  /** Resolves in `life` after `delayMs`, or never if the life ends before. */
  sleep(life: Life, delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.schedule(life, delayMs, resolve));
  }

  /** Ends the run with this error. */
  fail(error: unknown): void {
    this.failure ??= error instanceof Error ? error : new Error(String(error));
  }

  /**
   * Runs events until `until` returns true, or up to `deadline`. Resolves with the last result of `until`.
   * @throws the error that was passed to {@link fail}.
   */
  async run(until: () => boolean, deadline: EpochMs): Promise<boolean> {
    await settle();
    while (!until()) {
      const next = this.heap[0];
      if (!next || next.at > deadline) {
        this.now = Math.max(this.now, deadline);
        return false;
      }
      this.pop();
      if (next.isCancelled || next.life.isDead) continue;
      if (next.life.stalledUntil > next.at) {
        this.schedule(next.life, next.life.stalledUntil - this.now, next.action);
        continue;
      }
      this.now = Math.max(this.now, next.at);
      this.current = next.life;
      next.action();
      await settle();
      this.current = this.world;
      if (this.failure) throw this.failure;
      this.eventsRun += 1;
    }
    return true;
  }

  /**
   * Replaces timers and the time of day by those of this world, for all code, until `end`. Math.random stays as it is:
   * libraries draw ids from it, some of them in advance, so that worlds would affect each other.
   */
  begin(): void {
    const real = { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate };
    const dateNow = Date.now;
    const cancel = (timer: unknown): void => {
      if (timer instanceof VirtualTimer) timer.cancel();
    };
    const once = (handler: (...given: unknown[]) => void, delayMs = 0, ...given: unknown[]): VirtualTimer =>
      new VirtualTimer(this, delayMs, () => handler(...given), false);
    Object.assign(globalThis, {
      setTimeout: once,
      setImmediate: (handler: (...given: unknown[]) => void, ...given: unknown[]) => once(handler, 0, ...given),
      setInterval: (handler: (...given: unknown[]) => void, delayMs = 0, ...given: unknown[]) =>
        new VirtualTimer(this, delayMs, () => handler(...given), true),
      clearTimeout: cancel,
      clearInterval: cancel,
      clearImmediate: cancel,
    });
    Date.now = () => this.now;
    Object.defineProperty(performance, 'now', { value: () => this.now, configurable: true, writable: true });
    this.uninstall = () => {
      Object.assign(globalThis, real);
      Date.now = dateNow;
      // The real function is on the prototype.
      Reflect.deleteProperty(performance, 'now');
    };
  }

  end(): void {
    this.uninstall();
  }

  private push(event: ScheduledEvent): void {
    this.heap.push(event);
    let at = this.heap.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.swapIfEarlier(at, parent)) return;
      at = parent;
    }
  }

  private pop(): void {
    const last = this.heap.pop();
    if (!last || this.heap.length === 0) return;
    this.heap[0] = last;
    for (let at = 0; ;) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      const child = right < this.heap.length && isEarlier(this.heap[right], this.heap[left]) ? right : left;
      if (child >= this.heap.length || !this.swapIfEarlier(child, at)) return;
      at = child;
    }
  }

  private swapIfEarlier(child: number, parent: number): boolean {
    const [lower, upper] = [this.heap[child], this.heap[parent]];
    if (!lower || !upper || !isEarlier(lower, upper)) return false;
    this.heap[child] = upper;
    this.heap[parent] = lower;
    return true;
  }
}

function isEarlier(one: ScheduledEvent | undefined, other: ScheduledEvent | undefined): boolean {
  if (!one || !other) return false;
  return one.at === other.at ? one.order < other.order : one.at < other.at;
}

/** Resolves when all promises that can settle have settled. */
const settle = (): Promise<void> => new Promise((resolve) => realSetImmediate(resolve));

/** Result of `setTimeout` and similar functions. It belongs to the life that created it. */
class VirtualTimer {
  private event: ScheduledEvent;
  private isOver = false;

  constructor(
    time: VirtualTime,
    private delayMs: number,
    handler: () => void,
    repeats: boolean,
  ) {
    const life = time.current;
    const action = (): void => {
      if (repeats) this.event = time.schedule(life, Math.max(1, this.delayMs), action);
      if (!this.isOver) handler();
    };
    this.event = time.schedule(life, delayMs, action);
  }

  cancel(): void {
    this.isOver = true;
    this.event.isCancelled = true;
  }

  unref(): this {
    return this;
  }

  ref(): this {
    return this;
  }
}
