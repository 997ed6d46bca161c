/** Lets so many be at work at once; the others wait their turn, first come, first served. */
export class Slots {
  private free: number;
  private readonly queue: (() => void)[] = [];

  constructor(slots: number) {
    this.free = slots;
  }

  /** Runs `work` in a slot. `late` says what it comes to when `signal` aborts before there was one. */
  async hold<Result>(signal: AbortSignal, work: () => Promise<Result>, late: () => Result): Promise<Result> {
    if (!(await this.take(signal))) return late();
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  /** False: it has not come to that. */
  private take(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
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
