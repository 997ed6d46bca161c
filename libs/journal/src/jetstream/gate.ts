import { JournalUnavailable } from '../journal-errors';

/** So many commits of one process may wait for their turn. */
export const COMMITS_WAITING_MAX = 20_000;

export interface GateOptions {
  readonly insideMax: number;
  readonly waitingMax?: number;
  /** How long one may wait. */
  readonly waitMs: number;
}

/**
 * Lets only so many commits at once to the server. Past its pace more of them in flight only make each wait longer, up
 * to where answers time out and every one of them is looked up and sent again.
 */
export class Gate {
  /** In the order in which they came. */
  private readonly waiting = new Set<() => void>();
  private inside = 0;

  constructor(private readonly options: GateOptions) {}

  /** @throws JournalUnavailable when too many wait already, or for too long; nothing was stored then. */
  async pass<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.inside >= this.options.insideMax) await this.turn();
    else this.inside += 1;
    try {
      return await work();
    } finally {
      // The one who leaves gives its place to the next, so that nobody slips in between.
      const [next] = this.waiting;
      if (next) next();
      else this.inside -= 1;
    }
  }

  private turn(): Promise<void> {
    const { waitingMax = COMMITS_WAITING_MAX, waitMs } = this.options;
    if (this.waiting.size >= waitingMax) throw new JournalUnavailable('Too many commits wait already.');
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        clearTimeout(timer);
        this.waiting.delete(enter);
        resolve();
      };
      const timer = setTimeout(() => {
        this.waiting.delete(enter);
        reject(new JournalUnavailable(`The journal did not get to a transaction within ${String(waitMs)} ms.`));
      }, waitMs);
      this.waiting.add(enter);
    });
  }
}
