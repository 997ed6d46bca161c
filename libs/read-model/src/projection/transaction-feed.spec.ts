import { transactionId } from '@stowage/domain';
import type { CommittedTransaction, StoredEvent } from '@stowage/journal';
import { describe, expect, it } from 'vitest';
import { TransactionFeed } from './transaction-feed';

/** Returns a transaction with this number of events. Their content does not matter here. */
const transaction = (sequence: number, events: number): CommittedTransaction => ({
  id: transactionId(String(sequence)),
  sequence,
  events: Array.from({ length: events }, () => ({ sequence }) as StoredEvent),
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('TransactionFeed', () => {
  it('returns at once the whole transactions that wait, up to the limit', async () => {
    async function* source(): AsyncGenerator<CommittedTransaction> {
      for (const [at, events] of [1, 3, 2, 50, 1].entries()) yield transaction(at, events);
      await turn();
    }
    const feed = new TransactionFeed(source(), 1_000);
    const batches: number[][] = [];
    for (;;) {
      const batch = await feed.take(5);
      await turn();
      if (batch.length === 0) break;
      batches.push(batch.map(({ sequence }) => sequence));
    }
    expect(batches.flat()).toEqual([0, 1, 2, 3, 4]);
    expect(batches).toContainEqual([3]);
    expect(batches.at(-1)).toEqual([4]);
  });

  it('reads from the source only while fewer events than its limit wait', async () => {
    let read = 0;
    async function* source(): AsyncGenerator<CommittedTransaction> {
      for (; ; read += 1) {
        yield transaction(read, 10);
        await Promise.resolve();
      }
    }
    const feed = new TransactionFeed(source(), 100);
    for (let rounds = 0; rounds < 50; rounds += 1) await turn();
    expect(read).toBe(9);
    await feed.take(30);
    for (let rounds = 0; rounds < 50; rounds += 1) await turn();
    expect(read).toBe(12);
  });

  it('throws the error of the source after all earlier transactions', async () => {
    async function* source(): AsyncGenerator<CommittedTransaction> {
      yield transaction(1, 1);
      await turn();
      throw new Error('cut');
    }
    const feed = new TransactionFeed(source(), 10);
    await turn();
    await turn();
    expect(await feed.take(10)).toHaveLength(1);
    await expect(feed.take(10)).rejects.toThrow('cut');
  });

  it('can be closed while it is full', async () => {
    const stopping = new AbortController();
    async function* source(): AsyncGenerator<CommittedTransaction> {
      for (let at = 0; !stopping.signal.aborted; at += 1) {
        yield transaction(at, 10);
        await turn();
      }
    }
    const feed = new TransactionFeed(source(), 20);
    for (let rounds = 0; rounds < 20; rounds += 1) await turn();
    stopping.abort();
    await feed.close();
  });
});
