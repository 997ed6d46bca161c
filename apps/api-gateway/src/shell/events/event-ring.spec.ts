import { clusterName, type DomainEvent, transactionId } from '@stowage/domain';
import { Follower, MemoryJournal } from '@stowage/journal';
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import { EventRing } from './event-ring';

const tagged: DomainEvent = { type: 'ClusterTagsSet', version: 1, cluster: clusterName('c'), tags: [] };

/**
 * Returns a ring that has received `transactions` with `eventsOfEach` events each, after the one that opens the
 * journal.
 */
async function ringOf(transactions: number, eventsOfEach: number, eventsMax: number): Promise<EventRing> {
  const journal = new MemoryJournal();
  const follower = new Follower(journal);
  const ring = new EventRing(follower, eventsMax);
  const origin = { expectations: [], at: 1, actor: 'service:test', cause: 'test' };
  for (let at = 0; at < transactions; at += 1) {
    const events = Array.from({ length: eventsOfEach }, () => tagged);
    await journal.commit({ id: transactionId(uuidv7()), events, ...origin });
  }
  follower.start();
  await follower.catchUp(1_000);
  await follower.stop();
  return ring;
}

const sizesOf = (ring: EventRing, position: number, eventsMax: number) =>
  ring.after(position, eventsMax)?.map(({ transaction }) => transaction.events.length);

describe('the ring of events', () => {
  it('returns pieces by the number of events, with any number of events in a transaction', async () => {
    const ring = await ringOf(10, 300, 4_000);
    expect(sizesOf(ring, 1, 1_000)).toEqual([300, 300, 300, 300]);
    expect(sizesOf(ring, 301, 100)).toEqual([300]);
    expect(sizesOf(ring, 2_401, 1_000)).toEqual([300, 300]);
    expect(sizesOf(ring, 3_001, 1_000)).toEqual([]);
  });

  it('holds at most twice its limit, and reports the positions that it no longer contains', async () => {
    const ring = await ringOf(10, 300, 1_000);
    expect(ring.after(0, 1)).toBeUndefined();
    expect(ring.reachesBackTo(1)).toBe(false);
    expect(ring.reachesBackTo(3_001)).toBe(true);
    expect(sizesOf(ring, 2_101, 10_000)).toEqual([300, 300, 300]);
  });
});
