/** Lets so many be at work at once; the others wait their turn, first come, first served. */
export class Slots {
  private free: number;
  private readonly queue: (() => void)[] = [];

  constructor(slots: number) {
    this.free = slots;
  }

  /** Runs `work` in a slot. Whoever waits is let in when `signal` aborts: what it does then ends at once. */
  async hold<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    const held = await this.take(signal);
    try {
      return await work();
    } finally {
      if (held) this.leave();
    }
  }

  private take(signal: AbortSignal): Promise<boolean> {
    if (this.free > 0) {
      this.free -= 1;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const abort = (): void => {
        this.queue.splice(this.queue.indexOf(enter), 1);
        resolve(false);
      };
      const enter = (): void => {
        signal.removeEventListener('abort', abort);
        resolve(true);
      };
      this.queue.push(enter);
      signal.addEventListener('abort', abort, { once: true });
    });
  }

  private leave(): void {
    const next = this.queue.shift();
    if (next) next();
    else this.free += 1;
  }
}
