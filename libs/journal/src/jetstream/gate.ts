import { JournalUnavailable } from '../journal-errors';

/** So many commits of one process may wait for their turn. */
export const COMMITS_WAITING_MAX = 20_000;

/**
 * Lets only so many commits at once to the server. Past its pace more of them in flight only make each wait longer, up
 * to where answers time out and every one of them is looked up and sent again.
 */
export class Gate {
  private readonly waiting: (() => void)[] = [];
  private inside = 0;

  constructor(
    private readonly insideMax: number,
    private readonly waitingMax = COMMITS_WAITING_MAX,
  ) {}

  /** @throws JournalUnavailable when too many wait already; nothing was stored then. */
  async pass<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.inside >= this.insideMax) {
      if (this.waiting.length >= this.waitingMax) throw new JournalUnavailable('Too many commits wait already.');
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    } else this.inside += 1;
    try {
      return await work();
    } finally {
      // The one who leaves gives its place to the next, so that nobody slips in between.
      const next = this.waiting.shift();
      if (next) next();
      else this.inside -= 1;
    }
  }
}
