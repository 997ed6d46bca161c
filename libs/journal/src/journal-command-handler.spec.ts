import { clusterName, invalidParameter, Refusal } from '@stowage/domain';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command } from './command-handler';
import { FoldLagging } from './fold';
import { Follower } from './follower';
import { JournalCommandHandler } from './journal-command-handler';
import { JournalConflict, JournalUnavailable } from './journal-errors';
import { type CommitFault, MemoryJournal } from './memory-journal';
import { everythingOfCluster, subjectOf } from './subjects';
import { clusterCreated, clusterTagged, transaction } from './testing/transactions';

const OPTIONS = { foldTimeoutMs: 200, attemptsMax: 3 };

describe('a command', () => {
  let faults: CommitFault[];
  let journal: MemoryJournal;
  let fold: Follower;
  let commands: JournalCommandHandler;

  beforeEach(() => {
    faults = [];
    journal = new MemoryJournal({ fault: () => faults.shift() ?? 'none' });
    fold = new Follower(journal);
    fold.start();
    commands = new JournalCommandHandler(journal, fold, OPTIONS);
  });
  afterEach(() => fold.stop());

  /** Creates a cluster unless it exists. The result is the number of clusters before. */
  const create = (name: string, rest: Partial<Command<number>> = {}): Command<number> => ({
    decide: (state) => {
      if (state.clusters.has(clusterName(name))) throw invalidParameter('There already.');
      return { events: [clusterCreated(name)], result: state.clusters.size };
    },
    atLeast: 0,
    actor: 'a',
    cause: 'c',
    ...rest,
  });

  it('is decided on a state of at least the required position', async () => {
    const { sequence } = await journal.commit(transaction([clusterCreated('a')]));
    expect(await commands.execute(create('b', { atLeast: sequence }))).toEqual({
      result: 1,
      sequence: sequence + 1,
      duplicate: false,
    });
    await expect(commands.execute(create('c', { atLeast: 99 }))).rejects.toBeInstanceOf(FoldLagging);
  });

  it('is rejected if what it writes has changed since the expected position, with the event that came first', async () => {
    const tag = (value: string, expect: number) =>
      commands.execute({ ...create('x'), decide: () => ({ events: [clusterTagged('e', value)], result: 0 }), expect });
    const { sequence: first } = await journal.commit(transaction([clusterCreated('e')]));
    const { sequence: other } = await journal.commit(transaction([clusterCreated('other')]));
    await fold.catchUp(200);
    const { sequence: second } = await tag('1', first);
    await fold.catchUp(200);
    await expect(tag('2', other)).rejects.toThrow(
      `journal.cluster.e has changed since ${String(other)}: event ${String(second)}, ClusterTagsSet by a at `,
    );
    await journal.commit(transaction([clusterTagged('e', '3')]));
    const overtaken = await tag('4', second).catch((error: unknown) => error);
    expect(overtaken).toMatchObject({ code: 'ConflictException', resourceIds: [String(second + 1)] });
    expect(await journal.lastSequence()).toBe(second + 1);
  });

  it('carries the time for which it was decided', async () => {
    const timed = new JournalCommandHandler(journal, fold, { ...OPTIONS, now: () => 77 });
    const seen: number[] = [];
    const decide: Command<undefined>['decide'] = (_state, at) => {
      seen.push(at);
      return { events: [clusterCreated('timed')], result: undefined };
    };
    const { sequence } = await timed.execute({ decide, atLeast: 0, actor: 'a', cause: 'c' });
    expect([...seen, (await journal.read(sequence))?.at]).toEqual([77, 77]);
  });

  it('leaves nothing behind if it is refused or has no events', async () => {
    await commands.execute(create('a'));
    await fold.catchUp(100);
    await expect(commands.execute(create('a'))).rejects.toBeInstanceOf(Refusal);
    const silent = create('x', { decide: () => ({ events: [], result: 7 }) });
    expect(await commands.execute(silent)).toEqual({ result: 7, sequence: 2, duplicate: false });
    expect(await journal.lastSequence()).toBe(2);
  });

  it('is decided again on the newest state after a conflict', async () => {
    await fold.catchUp(100);
    const racing = journal.commit(transaction([clusterCreated('a')]));
    const done = commands.execute(create('a'));
    await racing;
    await expect(done).rejects.toThrow('There already.');
    expect(await journal.lastSequence()).toBe(2);
  });

  it('expects what it read unchanged, also by patterns', async () => {
    await fold.catchUp(100);
    const inside = everythingOfCluster('a');
    let decided = 0;
    const deletion = create('b', {
      decide: (state) => {
        decided += 1;
        return { events: [clusterTagged('a', 'x')], reads: [inside], result: state.clusters.size };
      },
    });
    const racing = journal.commit(
      transaction([
        {
          type: 'TasksGivenUp',
          version: 1,
          cluster: clusterName('a'),
          instance: 'i' as never,
          tasks: [],
          stopCode: 'UserInitiated',
          stoppedReason: '',
        },
      ]),
    );
    const done = commands.execute(deletion);
    await racing;
    await done;
    expect(decided).toBe(2);
  });

  it('passes a persistent conflict to its caller after the last attempt', async () => {
    faults = ['conflict', 'conflict', 'conflict'];
    await expect(commands.execute(create('a'))).rejects.toBeInstanceOf(JournalConflict);
    faults = ['conflict', 'conflict'];
    expect((await commands.execute(create('a'))).duplicate).toBe(false);
  });

  it('is not decided again if its outcome is unknown', async () => {
    faults = ['unanswered'];
    await expect(commands.execute(create('a'))).rejects.toBeInstanceOf(JournalUnavailable);
    expect(await journal.lastSequence()).toBe(2);
  });

  it('with a key that another replica has used is a duplicate, even if it would be refused now', async () => {
    await fold.catchUp(100);
    const decide: Command<string>['decide'] = (state) => {
      if (state.clusters.size > 0) throw invalidParameter('Full.');
      return { events: [clusterCreated('mine')], reads: [subject], deduplicationKey: 'k', result: 'mine' };
    };
    const subject = subjectOf({ kind: 'cluster', cluster: 'theirs' });
    const theirs = journal.commit(transaction([clusterCreated('theirs')], [], { deduplicationKey: 'k' }));
    const done = commands.execute({ decide, atLeast: 0, actor: 'a', cause: 'c' });
    const { sequence } = await theirs;
    expect(await done).toEqual({ result: 'mine', sequence, duplicate: true });
    expect(fold.sequenceOfKey('k')).toBe(sequence);
  });
});
