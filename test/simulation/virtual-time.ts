import type { EpochMs } from '@stowage/domain';

/** One life of a simulated process, from its start to its crash. What belongs to it happens no more once it is dead. */
export interface Life {
  readonly name: string;
  isDead: boolean;
  /** Until then nothing happens in it: it is stalled, and finds everything late afterwards. */
  stalledUntil: EpochMs;
}

interface Happening {
  readonly at: EpochMs;
  /** Among those of one time the order of their planning decides. */
  readonly order: number;
  readonly life: Life;
  readonly happen: () => void;
  isCancelled: boolean;
}

const realSetImmediate = setImmediate;

/**
 * A clock that jumps from one happening to the next, and what is to happen when. Everything that runs in a happening,
 * promises included, belongs to its life: so a process is killed by letting none of its happenings come, at whichever await it
 * is. Between two happenings all promises settle.
 */
export class VirtualTime {
  now: EpochMs;
  happened = 0;
  private failure: Error | undefined;
  /** The life whose happening runs. */
  current: Life;
  readonly world: Life = { name: 'world', isDead: false, stalledUntil: 0 };
  private readonly heap: Happening[] = [];
  private planned = 0;
  private uninstall: () => void = () => undefined;

  constructor(beginsAt: EpochMs) {
    this.now = beginsAt;
    this.current = this.world;
  }

  newLife(name: string): Life {
    return { name, isDead: false, stalledUntil: 0 };
  }

  /** What `happen` begins belongs to `life`. */
  in<Result>(life: Life, happen: () => Result): Result {
    const before = this.current;
    this.current = life;
    try {
      return happen();
    } finally {
      this.current = before;
    }
  }

  plan(life: Life, delayMs: number, happen: () => void): Happening {
    this.planned += 1;
    const happening = { at: this.now + Math.max(0, delayMs), order: this.planned, life, happen, isCancelled: false };
    this.push(happening);
    return happening;
  }

  /** Resolves in `life` after `delayMs`; never, when it dies before. */
  pause(life: Life, delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.plan(life, delayMs, resolve));
  }

  /** The run ends with this error. */
  fail(error: unknown): void {
    this.failure ??= error instanceof Error ? error : new Error(String(error));
  }

  /** Lets everything happen until `until` says so, at most up to `deadline`. Answers whether it did. @throws what failed. */
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
        this.plan(next.life, next.life.stalledUntil - this.now, next.happen);
        continue;
      }
      this.now = Math.max(this.now, next.at);
      this.current = next.life;
      next.happen();
      await settle();
      this.current = this.world;
      if (this.failure) throw this.failure;
      this.happened += 1;
    }
    return true;
  }

  /**
   * From now on timers and the time of day are this world's, for all code. Returns to the real ones by `end`. Math.random
   * stays as it is: libraries make ids of it, some in advance, so that one world would leave another its draws.
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
      // The real one is its prototype's.
      Reflect.deleteProperty(performance, 'now');
    };
  }

  end(): void {
    this.uninstall();
  }

  private push(happening: Happening): void {
    this.heap.push(happening);
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

function isEarlier(one: Happening | undefined, other: Happening | undefined): boolean {
  if (!one || !other) return false;
  return one.at === other.at ? one.order < other.order : one.at < other.at;
}

/** All promises that can settle have, when this resolves. */
const settle = (): Promise<void> => new Promise((resolve) => realSetImmediate(resolve));

/** What code gets from `setTimeout` and its like; belongs to the life that made it. */
class VirtualTimer {
  private happening: Happening;
  private isOver = false;

  constructor(
    time: VirtualTime,
    private delayMs: number,
    handler: () => void,
    repeats: boolean,
  ) {
    const life = time.current;
    const happen = (): void => {
      if (repeats) this.happening = time.plan(life, Math.max(1, this.delayMs), happen);
      if (!this.isOver) handler();
    };
    this.happening = time.plan(life, delayMs, happen);
  }

  cancel(): void {
    this.isOver = true;
    this.happening.isCancelled = true;
  }

  unref(): this {
    return this;
  }

  ref(): this {
    return this;
  }
}
