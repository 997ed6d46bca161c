import { setTimeout as pause } from 'node:timers/promises';
import { clusterName } from '@stowage/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Journal } from '../journal';
import { JournalConflict, PositionRefused } from '../journal-errors';
import { everythingOfCluster, subjectOf } from '../subjects';
import { clusterCreated, clusterTagged, collect, transaction } from './transactions';

/** A journal under test, with faults of its answers. */
export interface JournalUnderTest {
  readonly journal: Journal;
  /** Commits while the answer gets lost, and restores the connection afterwards. */
  commitWithLostAnswer(commit: () => Promise<unknown>): Promise<void>;
  close(): Promise<void>;
}

let names = 0;
const freshName = (): string => `c${String((names += 1))}`;
const cluster = (name: string) => subjectOf({ kind: 'cluster', cluster: name });
const instance = (name: string, id: string) => subjectOf({ kind: 'instance', cluster: name, instance: id });
const instanceStatus = (name: string, id: string) => ({
  type: 'InstanceStatusChanged' as const,
  version: 1 as const,
  cluster: clusterName(name),
  instance: id as never,
  status: 'DRAINING' as const,
});

/** The guarantees of every journal. */
export function journalContract(name: string, open: () => Promise<JournalUnderTest>): void {
  describe(`${name} as a journal`, () => {
    let under: JournalUnderTest;
    let journal: Journal;

    beforeAll(async () => {
      under = await open();
      journal = under.journal;
    });
    afterAll(() => under.close());

    it('starts with an event that names it', async () => {
      const first = await journal.read(1);
      expect(first?.event).toEqual({ type: 'JournalOpened', version: 1, journal: journal.id, format: 1 });
    });

    it('stores an event with all its properties', async () => {
      const name = freshName();
      const written = transaction([clusterTagged(name, 'ä\n"€"')], [], { actor: 'a%b\r\nc ', cause: 'x', at: 42 });
      const { sequence, duplicate } = await journal.commit(written);
      expect(duplicate).toBe(false);
      expect(await journal.lastSequence()).toBe(sequence);
      expect(await journal.read(sequence)).toEqual({
        subject: cluster(name),
        event: written.events[0],
        sequence,
        at: 42,
        transaction: written.id,
        actor: 'a%b\r\nc ',
        cause: 'x',
      });
      expect(await journal.read(sequence + 1)).toBeUndefined();
    });

    it('rejects a write if a written subject has changed, and leaves nothing', async () => {
      const name = freshName();
      const subject = cluster(name);
      const { sequence } = await journal.commit(transaction([clusterCreated(name)], [{ subject, sequence: 0 }]));
      const again = journal.commit(transaction([clusterCreated(name)], [{ subject, sequence: 0 }]));
      await expect(again).rejects.toBeInstanceOf(JournalConflict);
      expect(await journal.lastSequence()).toBe(sequence);
      const next = await journal.commit(transaction([clusterTagged(name, '1')], [{ subject, sequence }]));
      expect(next.sequence).toBeGreaterThan(sequence);
    });

    it('rejects a write if a subject or a pattern that was only read has changed', async () => {
      const [read, written] = [freshName(), freshName()];
      const { sequence } = await journal.commit(transaction([instanceStatus(read, 'i')]));
      const own = { subject: cluster(written), sequence: 0 };
      const stale = { subject: instance(read, 'i'), sequence: sequence - 1 };
      const staleInside = { subject: everythingOfCluster(read), sequence: 0 };
      for (const expectation of [stale, staleInside]) {
        const write = journal.commit(transaction([clusterCreated(written)], [own, expectation]));
        await expect(write).rejects.toBeInstanceOf(JournalConflict);
      }
      expect(await journal.lastSequence()).toBe(sequence);
      const right = { subject: everythingOfCluster(read), sequence };
      const committed = await journal.commit(transaction([clusterCreated(written)], [own, right]));
      const [found] = await collect(journal, sequence, committed.sequence);
      expect(found?.events.map(({ event }) => event.type)).toEqual(['ClusterCreated']);
      expect(found?.sequence).toBe(committed.sequence);
    });

    it('accepts a pattern over subjects that it writes itself', async () => {
      const name = freshName();
      const inside = everythingOfCluster(name);
      const events = [instanceStatus(name, 'a'), instanceStatus(name, 'b'), instanceStatus(name, 'a')];
      const expectations = [
        { subject: inside, sequence: 0 },
        { subject: instance(name, 'a'), sequence: 0 },
        { subject: instance(name, 'b'), sequence: 0 },
      ];
      const { sequence } = await journal.commit(transaction(events, expectations));
      const again = journal.commit(transaction(events, [{ subject: inside, sequence: 0 }]));
      await expect(again).rejects.toBeInstanceOf(JournalConflict);
      expect(await journal.lastSequence()).toBe(sequence);
    });

    it('stores several events completely, in order, and in adjacent messages', async () => {
      const name = freshName();
      const start = await journal.lastSequence();
      const events = Array.from({ length: 200 }, (_, at) => clusterTagged(name, String(at)));
      const written = transaction(events, [{ subject: cluster(name), sequence: 0 }]);
      const { sequence } = await journal.commit(written);
      const found = await collect(journal, start, sequence);
      expect(found).toHaveLength(1);
      expect(found[0]?.id).toBe(written.id);
      expect(found[0]?.events.map(({ event }) => event)).toEqual(events);
    });

    it('stores none of several events if one expectation fails', async () => {
      const [one, other] = [freshName(), freshName()];
      const { sequence } = await journal.commit(transaction([clusterCreated(one)]));
      const write = transaction(
        [clusterCreated(other), clusterTagged(one, 'x')],
        [
          { subject: cluster(other), sequence: 0 },
          { subject: cluster(one), sequence: sequence - 1 },
        ],
      );
      await expect(journal.commit(write)).rejects.toBeInstanceOf(JournalConflict);
      expect(await journal.lastSequence()).toBe(sequence);
    });

    it.each([1, 3])('applies a deduplication key once, in a transaction of %i events', async (count) => {
      const [name, other] = [freshName(), freshName()];
      const key = { deduplicationKey: `token of ${name}` };
      const events = (of: string) => Array.from({ length: count }, (_, at) => clusterTagged(of, String(at)));
      const first = await journal.commit(transaction(events(name), [{ subject: cluster(name), sequence: 0 }], key));
      const repeated = transaction(events(other), [{ subject: cluster(other), sequence: 0 }], key);
      expect(await journal.commit(repeated)).toEqual({ sequence: first.sequence, duplicate: true });
      const single = transaction([clusterTagged(other, 'z')], [], key);
      expect(await journal.commit(single)).toEqual({ sequence: first.sequence, duplicate: true });
      expect(await journal.lastSequence()).toBe(first.sequence);
      const [found] = await collect(journal, first.sequence - count, first.sequence);
      expect(found?.keys).toEqual([{ key: key.deduplicationKey, sequence: found?.sequence }]);
    });

    it('stores several requests together, each with its own actor, cause and key, and no key twice', async () => {
      const [one, two, other] = [freshName(), freshName(), freshName()];
      const origins = [one, two].map((each) => ({ actor: `of ${each}`, cause: `why ${each}`, deduplicationKey: each }));
      const expectations = [one, two].map((each) => ({ subject: cluster(each), sequence: 0 }));
      const both = transaction([clusterCreated(one), clusterCreated(two)], expectations, { origins });
      const { sequence } = await journal.commit(both);
      const [found] = await collect(journal, sequence - 2, sequence);
      expect(found?.events.map(({ actor, cause }) => ({ actor, cause }))).toEqual(
        origins.map(({ actor, cause }) => ({ actor, cause })),
      );
      expect(found?.keys).toEqual([
        { key: one, sequence: sequence - 1 },
        { key: two, sequence },
      ]);
      const again = [clusterCreated(other), clusterTagged(two, 'again')];
      const repeated = transaction(again, [{ subject: cluster(other), sequence: 0 }], {
        origins: [{ actor: 'a', cause: 'b' }, origins[1] ?? { actor: 'a', cause: 'b' }],
      });
      await expect(journal.commit(repeated)).rejects.toBeInstanceOf(JournalConflict);
      for (const events of [[clusterTagged(other, 'z')], [clusterTagged(other, 'y'), clusterTagged(other, 'z')]]) {
        const alone = transaction(events, [], { deduplicationKey: one });
        expect(await journal.commit(alone)).toEqual({ sequence: sequence - 1, duplicate: true });
      }
      expect(await journal.lastSequence()).toBe(sequence);
    });

    it('accepts exactly one of many concurrent writers', async () => {
      const name = freshName();
      const expectations = [{ subject: cluster(name), sequence: 0 }];
      const races = Array.from({ length: 40 }, (_, at) =>
        journal.commit(
          transaction([clusterCreated(name), ...(at % 2 ? [clusterTagged(name, 'x')] : [])], expectations),
        ),
      );
      const results = await Promise.allSettled(races);
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(JournalConflict);
      }
    });

    it('is followed from any position by whole transactions, including new ones', async () => {
      const name = freshName();
      const start = await journal.lastSequence();
      const ends: number[] = [];
      for (const count of [1, 3, 1]) {
        const events = Array.from({ length: count }, () => clusterTagged(name, 'x'));
        ends.push((await journal.commit(transaction(events))).sequence);
      }
      for (const [at, from] of [start, ...ends.slice(0, -1)].entries()) {
        const found = await collect(journal, from, ends.at(-1)!);
        expect(found.map(({ sequence }) => sequence)).toEqual(ends.slice(at));
      }
      const later = collect(journal, ends.at(-1)!, ends.at(-1)! + 1);
      const { sequence } = await journal.commit(transaction([clusterTagged(name, 'y')]));
      expect((await later).map((found) => found.sequence)).toEqual([sequence]);
    });

    it('rejects a position beyond its end or inside of a transaction', async () => {
      const { sequence } = await journal.commit(transaction([clusterTagged('t', '1'), clusterTagged('t', '2')]));
      await expect(collect(journal, sequence + 1, sequence + 2)).rejects.toBeInstanceOf(PositionRefused);
      await expect(collect(journal, sequence - 1, sequence)).rejects.toBeInstanceOf(PositionRefused);
    });

    it('returns the position before any sequence', async () => {
      const start = await journal.lastSequence();
      const events = [clusterTagged('b', '1'), clusterTagged('b', '2'), clusterTagged('b', '3')];
      const { sequence } = await journal.commit(transaction(events));
      const positions = [start, start + 1, start + 2, start + 3].map((each) => journal.positionBefore(each));
      expect(await Promise.all(positions)).toEqual([start, start, start, sequence]);
      expect(await journal.positionBefore(0)).toBe(0);
      await expect(journal.positionBefore(sequence + 1)).rejects.toBeInstanceOf(PositionRefused);
    });

    it('returns the position at any time', async () => {
      const { sequence: before } = await journal.commit(transaction([clusterTagged('b', '1')], [], { at: Date.now() }));
      // Real time: the time has to lie between the two commits.
      await pause(20);
      const time = Date.now();
      await pause(20);
      const later = transaction([clusterTagged('b', '2'), clusterTagged('b', '3')], [], { at: Date.now() });
      const { sequence } = await journal.commit(later);
      expect(await journal.positionAt(time)).toBe(before);
      expect(await journal.positionAt(0)).toBe(0);
      expect(await journal.positionAt(Date.now() + 60_000)).toBe(sequence);
    });

    it.each([1, 3])('stores a transaction of %i events once when the answer gets lost', async (count) => {
      const name = freshName();
      const start = await journal.lastSequence();
      const events = Array.from({ length: count }, (_, at) => clusterTagged(name, String(at)));
      const written = transaction(events, [{ subject: cluster(name), sequence: 0 }]);
      await under.commitWithLostAnswer(async () => {
        const { sequence, duplicate } = await journal.commit(written);
        expect(duplicate).toBe(false);
        const found = await collect(journal, start, sequence);
        expect(found.map(({ id }) => id)).toEqual([written.id]);
      });
    });

    it.each([1, 3])('stores %i events without expectations once when the answer gets lost', async (count) => {
      const name = freshName();
      const start = await journal.lastSequence();
      const written = transaction(Array.from({ length: count }, () => clusterTagged(name, 'x')));
      await under.commitWithLostAnswer(async () => {
        const { sequence } = await journal.commit(written);
        expect((await collect(journal, start, sequence)).map(({ id }) => id)).toEqual([written.id]);
      });
    });

    it.each([1, 3])(
      'distinguishes its own repeated key from another one when the answer gets lost (%i events)',
      async (count) => {
        const name = freshName();
        const events = Array.from({ length: count }, () => clusterTagged(name, 'x'));
        const key = { deduplicationKey: `lost ${name}` };
        await under.commitWithLostAnswer(async () => {
          const first = await journal.commit(transaction(events, [], key));
          expect(first.duplicate).toBe(false);
          expect(await journal.commit(transaction(events, [], key))).toEqual({ ...first, duplicate: true });
        });
      },
    );

    it('shares the request for its end and never returns an old answer', async () => {
      const name = freshName();
      for (let round = 0; round < 20; round += 1) {
        const early = journal.lastSequence();
        const { sequence } = await journal.commit(transaction([clusterTagged(name, String(round))]));
        const late = await Promise.all([journal.lastSequence(), journal.lastSequence(), journal.lastSequence()]);
        expect(Math.min(...late)).toBeGreaterThanOrEqual(sequence);
        expect(await early).toBeLessThanOrEqual(sequence);
      }
    });
  });
}
