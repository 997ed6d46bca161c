import { FoldLagging } from './fold';

/** Number of callers that may wait for positions. Further callers get FoldLagging. */
export const WAITERS_MAX = 50_000;

interface Waiter {
  readonly sequence: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** The callers that wait until a fold has reached a position. */
export class PositionWaiters {
  private readonly waiting = new Set<Waiter>();

  wait(sequence: number, timeoutMs: number): Promise<void> {
    if (this.waiting.size >= WAITERS_MAX)
      return Promise.reject(new FoldLagging('Too many callers already wait for the fold.'));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(waiter);
        reject(new FoldLagging(`Sequence ${String(sequence)} was not folded within ${String(timeoutMs)} ms.`));
      }, timeoutMs);
      const waiter: Waiter = { sequence, resolve, reject, timer };
      this.waiting.add(waiter);
    });
  }

  reached(position: number): void {
    for (const waiter of this.waiting) {
      if (waiter.sequence > position) continue;
      this.release(waiter);
      waiter.resolve();
    }
  }

  failAll(error: Error): void {
    for (const waiter of this.waiting) {
      this.release(waiter);
      waiter.reject(error);
    }
  }

  private release(waiter: Waiter): void {
    clearTimeout(waiter.timer);
    this.waiting.delete(waiter);
  }
}
