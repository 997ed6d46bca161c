import { setTimeout as delay } from 'node:timers/promises';
import { type CommittedTransaction, Follower, MemoryJournal } from '@stowage/journal';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commitHistory, RandomHistory } from '../../../../test/support/histories';
import { sharedFollow } from './shared-follow';

describe('sharedFollow', () => {
  let journal: MemoryJournal;
  let history: RandomHistory;
  let fold: Follower;
  let reads: number;
  let stopping: AbortController;

  beforeEach(async () => {
    journal = new MemoryJournal();
    history = new RandomHistory({ seed: 1 });
    await commitHistory(journal, history, 100);
    const follow = journal.follow.bind(journal);
    reads = 0;
    fold = new Follower(journal);
    fold.start();
    await fold.catchUp(1_000);
    journal.follow = (position, signal) => {
      reads += 1;
      return follow(position, signal);
    };
    stopping = new AbortController();
  });
  afterEach(async () => {
    stopping.abort();
    await fold.stop();
  });

  /** Follows in the background, and awaits `betweenTransactions` after each transaction. */
  function collect(
    position: number,
    betweenTransactions: () => Promise<unknown> | undefined = () => undefined,
  ): CommittedTransaction[] {
    const seen: CommittedTransaction[] = [];
    void (async () => {
      for await (const transaction of sharedFollow({ journal, fold, tailEventsMax: 100 }, position, stopping.signal)) {
        seen.push(transaction);
        await betweenTransactions();
      }
    })();
    return seen;
  }

  async function everything(): Promise<readonly CommittedTransaction[]> {
    const all: CommittedTransaction[] = [];
    const end = await journal.lastSequence();
    for await (const transaction of journal.follow(0, stopping.signal)) {
      all.push(transaction);
      if (transaction.sequence === end) break;
    }
    return all;
  }

  async function sawEverything(seen: readonly CommittedTransaction[]): Promise<void> {
    const end = await journal.lastSequence();
    await expect.poll(() => seen.at(-1)?.sequence, { timeout: 5_000 }).toBe(end);
    expect(seen).toEqual(await everything());
  }

  it('reads the journal up to the position of the fold, and from then on receives what the fold reads', async () => {
    const seen = collect(0);
    for (let round = 0; round < 50; round += 1) {
      await commitHistory(journal, history, 5);
      await delay(1); // Paces the writes.
    }
    await sawEverything(seen);
    expect(reads).toBe(2); // `everything` itself accounts for one of the reads.
  });

  it('receives all transactions from the fold if it starts at the position of the fold', async () => {
    const from = fold.position;
    const seen = collect(from);
    await commitHistory(journal, history, 20);
    await expect.poll(() => seen.at(-1)?.sequence).toBe(await journal.lastSequence());
    expect(seen[0]?.events[0]?.sequence).toBe(from + 1);
    expect(reads).toBe(0);
  });

  it('returns to the journal without a gap when its buffer overflows', async () => {
    let hold = true;
    // The reader is slower than the writes, so that its buffer overflows.
    const seen = collect(0, () => (hold ? delay(1) : undefined));
    await expect.poll(() => seen.at(-1)?.sequence).toBe(fold.position);
    await commitHistory(journal, history, 300);
    await fold.catchUp(10_000);
    hold = false;
    await sawEverything(seen);
    expect(reads).toBeGreaterThan(2);
  });

  it('ends when the signal aborts, and leaves no listener on the fold', async () => {
    let listening = 0;
    const onTransaction = fold.onTransaction.bind(fold);
    fold.onTransaction = (listener) => {
      listening += 1;
      const stop = onTransaction(listener);
      return () => {
        listening -= 1;
        stop();
      };
    };
    const ended = (async () => {
      for await (const _transaction of sharedFollow({ journal, fold }, 0, stopping.signal));
      return true;
    })();
    await expect.poll(() => listening).toBe(1);
    stopping.abort();
    expect(await ended).toBe(true);
    expect(listening).toBe(0);
  });
});
