import { type Ecs, Refusal } from '@stowage/domain';
import { type CommitFault, JournalUnavailable, MemoryJournal, type Transaction } from '@stowage/journal';
import { describe, expect, it, vi } from 'vitest';
import type { SchedulerConfig } from '../config';
import { CLUSTER, clusterCreated, defined, instance, registered, web } from '../testing/history';
import { memoryScheduler, runTaskRequest, write } from '../testing/memory-scheduler';
import type { PlacementQueues } from './placement-queues';
import type { Started } from './task-starter';

/** `fault` is called for every placement. */
async function scheduler({
  fault = () => 'none',
  settings = {},
  instances = 1,
  memory = 6,
}: {
  readonly fault?: (transaction: Transaction) => CommitFault;
  readonly settings?: Partial<SchedulerConfig>;
  readonly instances?: number;
  /** Memory of each task; an instance has 4,096. */
  readonly memory?: number;
}): Promise<{
  readonly journal: MemoryJournal;
  readonly runTask: (input?: Partial<Ecs.RunTaskRequest>) => Promise<Started>;
  readonly commits: () => number;
  readonly queues: PlacementQueues;
}> {
  let commits = 0;
  const journal = new MemoryJournal({
    fault: (transaction) => {
      if (transaction.events[0]?.type !== 'TasksPlaced') return 'none';
      commits += 1;
      return fault(transaction);
    },
  });
  await write(journal, [
    clusterCreated,
    defined('app', { containerDefinitions: [{ ...web, cpu: 1, memory }] }),
    ...Array.from({ length: instances }, (_, at) => registered(instance(at))).flat(),
  ]);
  const { starter, follower, queues } = memoryScheduler(journal, settings);
  await follower.catchUp(1_000);
  return {
    journal,
    runTask: (input = {}) => starter.runTask(runTaskRequest({ taskDefinition: 'app', ...input })),
    commits: () => commits,
    queues,
  };
}

const overloaded = { code: 'ServerException', message: 'Service Unavailable. Please try again later.' };

describe('requests in one scheduler', () => {
  it('are committed immediately when alone, and together when they wait together, without a conflict', async () => {
    const { runTask, commits, queues } = await scheduler({ settings: { placementBatchMax: 20 } });
    await runTask();
    expect(commits()).toBe(1);
    const answers = await Promise.all(Array.from({ length: 200 }, () => runTask()));
    expect(answers.flatMap(({ output }) => output.tasks ?? [])).toHaveLength(200);
    // The first one is alone; the others arrive meanwhile and wait together.
    expect(commits()).toBeLessThan(30);
    expect(queues.counters).toMatchObject({ conflicts: 0, requests: 201 });
  });

  it('have their own actor, cause and token on their events', async () => {
    const { runTask, journal } = await scheduler({ instances: 3 });
    await Promise.all(Array.from({ length: 9 }, (_, at) => runTask({ clientToken: `t${String(at)}`, count: 2 })));
    const tokens = new Map<string, string>();
    for (let at = 1; at <= (await journal.lastSequence()); at += 1) {
      const stored = await journal.read(at);
      if (stored?.event.type === 'TasksPlaced') tokens.set(stored.event.clientToken?.tokenHash ?? '', stored.cause);
    }
    expect(tokens.size).toBe(9);
    const again = await Promise.all(
      Array.from({ length: 9 }, (_, at) => runTask({ clientToken: `t${String(at)}`, count: 2 })),
    );
    expect(new Set(again.flatMap(({ output }) => output.tasks ?? []).map(({ taskArn }) => taskArn)).size).toBe(18);
  });

  it('that found no room are answered only after the placements that took the room are committed', async () => {
    let refused = 0;
    const { runTask } = await scheduler({
      fault: () => ((refused += 1) === 2 ? 'conflict' : 'none'),
      // Room for two tasks of 2,000.
      memory: 2_000,
    });
    const answers = await Promise.all(Array.from({ length: 4 }, () => runTask()));
    expect(answers.map(({ output }) => [output.tasks?.length, output.failures?.length])).toEqual([
      [1, 0],
      [1, 0],
      [0, 1],
      [0, 1],
    ]);
  });

  it('rarely conflict on many instances', async () => {
    const { runTask, commits, queues } = await scheduler({ instances: 50 });
    await Promise.all(Array.from({ length: 200 }, () => runTask({ count: 3 })));
    expect(queues.counters.conflicts).toBe(0);
    expect(commits()).toBeLessThan(50);
  });

  it('are decided again after a conflict, with the same ids', async () => {
    const tried: unknown[] = [];
    const { runTask } = await scheduler({
      fault: ({ events }) => {
        const [event] = events;
        tried.push(event?.type === 'TasksPlaced' && event.tasks[0]?.id);
        return tried.length < 4 ? 'conflict' : 'none';
      },
    });
    expect((await runTask()).output.tasks).toHaveLength(1);
    expect(tried).toHaveLength(4);
    expect(new Set(tried).size).toBe(1);
  });

  it('fail after the highest number of conflicts', async () => {
    const { runTask, commits } = await scheduler({
      fault: () => 'conflict',
      settings: { placementConflictsMax: 5 },
    });
    await expect(runTask()).rejects.toThrow('Another writer committed first.');
    expect(commits()).toBe(6);
  });

  it('back off after consecutive conflicts, and continue', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    try {
      const { runTask, commits } = await scheduler({
        fault: () => (commits() <= 2 ? 'conflict' : 'none'),
        settings: { placementPauseMs: 1_000, placementPauseMaxMs: 1_000, foldTimeoutMs: 100_000 },
      });
      const answer = runTask();
      for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      // The first conflict is retried immediately. The backoff starts after the second one.
      expect(commits()).toBe(2);
      await vi.advanceTimersByTimeAsync(1_001);
      expect((await answer).output.tasks).toHaveLength(1);
      expect(commits()).toBe(3);
    } finally {
      vi.useRealTimers();
    }
  });

  it('fail when the journal is unavailable, and the next request succeeds', async () => {
    let lost = 0;
    const { runTask } = await scheduler({ fault: () => ((lost += 1) === 1 ? 'lost' : 'none') });
    await expect(runTask()).rejects.toBeInstanceOf(JournalUnavailable);
    expect((await runTask()).output.tasks).toHaveLength(1);
  });

  it('do not wait forever behind requests that are refused, when no other batch is pending', async () => {
    let lost = 0;
    const { runTask, queues } = await scheduler({
      fault: () => ((lost += 1) === 1 ? 'lost' : 'none'),
      settings: { placementSliceMs: 1 },
    });
    const first = runTask();
    const refused = queues.submit({
      cluster: CLUSTER,
      atLeast: 0,
      actor: 'service:test',
      cause: 'test',
      decide: () => {
        // Longer than a slice.
        for (const end = performance.now() + 5; performance.now() < end;);
        throw new Refusal('InvalidParameterException', 'no');
      },
    });
    const last = runTask();
    await expect(first).rejects.toBeInstanceOf(JournalUnavailable);
    await expect(refused).rejects.toThrow('no');
    expect((await last).output.tasks).toHaveLength(1);
  });

  it('of a client token find their tasks although the answer was lost', async () => {
    let lost = 0;
    const { runTask } = await scheduler({ fault: () => ((lost += 1) === 1 ? 'unanswered' : 'none') });
    await expect(runTask({ clientToken: 't' })).rejects.toBeInstanceOf(JournalUnavailable);
    const again = await runTask({ clientToken: 't' });
    expect(again.output.tasks).toHaveLength(1);
    expect(await runTask({ clientToken: 't' })).toMatchObject({ output: { tasks: again.output.tasks } });
  });

  it('are rejected when too many wait, or when their turn comes too late', async () => {
    const few = await scheduler({ settings: { placementsWaitingMax: 2 } });
    const [first, second, third] = await Promise.allSettled([few.runTask(), few.runTask(), few.runTask()]);
    expect([first.status, second.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(third).toMatchObject({ status: 'rejected', reason: overloaded });
    const late = await scheduler({ settings: { placementTimeoutMs: -1 } });
    await expect(late.runTask()).rejects.toMatchObject(overloaded);
  });
});
