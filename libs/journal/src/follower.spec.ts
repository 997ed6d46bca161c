import { clusterName, type DomainEvent } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { FoldLagging } from './fold';
import { Follower } from './follower';
import { MemoryJournal } from './memory-journal';
import { PositionWaiters, WAITERS_MAX } from './position-waiters';
import { RecentKeys } from './recent-keys';
import { everythingOfCluster, subjectOf } from './subjects';
import { clusterCreated, clusterTagged, transaction } from './testing/transactions';

const cluster = (name: string) => subjectOf({ kind: 'cluster', cluster: name });

describe('a follower', () => {
  it('folds existing and new transactions, and notifies listeners after each fold', async () => {
    const journal = new MemoryJournal();
    await journal.commit(transaction([clusterCreated('a')]));
    const fold = new Follower(journal);
    const seen: (readonly [number, number])[] = [];
    const stop = fold.onTransaction(({ sequence }) => seen.push([sequence, fold.position]));
    fold.start();
    await journal.commit(transaction([clusterCreated('b'), clusterTagged('a', 'x')]));
    await fold.catchUp(500);
    expect([...fold.state.clusters.keys()]).toEqual(['a', 'b']);
    expect(fold.state.clusters.get(clusterName('a'))?.tags).toEqual([{ key: 'k', value: 'x' }]);
    expect(seen).toEqual([
      [1, 1],
      [2, 2],
      [4, 4],
    ]);
    expect([cluster('a'), cluster('b'), cluster('c')].map((subject) => fold.lastSequenceOf(subject))).toEqual([
      4, 3, 0,
    ]);
    expect(fold.lastSequenceOf(everythingOfCluster('a'))).toBe(0);
    stop();
    await journal.commit(transaction([clusterCreated('c')]));
    await fold.catchUp(500);
    expect(seen).toHaveLength(3);
    await fold.stop();
  });

  it('releases waiting callers at their timeout and when it is stopped', async () => {
    const journal = new MemoryJournal();
    const fold = new Follower(journal);
    fold.start();
    await expect(fold.reached(5, 20)).rejects.toBeInstanceOf(FoldLagging);
    const reached = fold.reached(2, 1_000);
    await journal.commit(transaction([clusterCreated('a')]));
    await reached;
    const never = expect(fold.reached(3, 60_000)).rejects.toThrow('The follower was stopped.');
    await fold.stop();
    await never;
  });

  it('reports a failure that ends it once, and rejects all later calls', async () => {
    const journal = new MemoryJournal();
    const failures: string[] = [];
    const fold = new Follower(journal, { onFailure: ({ message }) => failures.push(message) });
    fold.onTransaction(({ events }) => {
      if (events.some(({ event }) => event.type === 'ClusterCreated')) throw new Error('a bug');
    });
    fold.start();
    const waiting = expect(fold.reached(9, 1_000)).rejects.toThrow('Following has failed: a bug');
    await journal.commit(transaction([clusterCreated('a')]));
    await waiting;
    await expect(fold.reached(9, 1_000)).rejects.toBeInstanceOf(FoldLagging);
    expect(failures).toEqual(['a bug']);
    await fold.stop();
  });

  it('folds a copy, so that later changes by the writer are not visible', async () => {
    const journal = new MemoryJournal();
    const tags = [{ key: 'k', value: 'before' }];
    const event: DomainEvent = { type: 'ClusterTagsSet', version: 1, cluster: clusterName('a'), tags };
    await journal.commit(transaction([event]));
    tags.push({ key: 'k2', value: 'after' });
    expect((await journal.read(2))?.event).toEqual({ ...event, tags: [{ key: 'k', value: 'before' }] });
  });
});

describe('the bounds of a follower', () => {
  it('keys: the oldest are dropped', () => {
    const keys = new RecentKeys([], 2);
    for (const [at, key] of ['a', 'b', 'c'].entries()) keys.add(key, at);
    expect([...keys.entries()]).toEqual([
      ['b', 1],
      ['c', 2],
    ]);
  });

  it('waiters: one above the limit is rejected immediately', async () => {
    const waiters = new PositionWaiters();
    const waiting = Array.from({ length: WAITERS_MAX }, () => waiters.wait(1, 60_000));
    await expect(waiters.wait(1, 60_000)).rejects.toThrow('Too many callers already wait');
    waiters.reached(1);
    await Promise.all(waiting);
  });
});
