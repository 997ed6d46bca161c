import { type DomainEvent, type Ecs, type Random, seededRandom } from '@stowage/domain';
import { type CommitFault, JournalConflict, JournalUnavailable, MemoryJournal } from '@stowage/journal';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlacementIndex } from '../core/index/placement-index';
import { CLUSTER, clusterCreated, defined, instance, registered, web } from '../testing/history';
import { LaggingJournal } from '../testing/lagging-journal';
import { type MemoryScheduler, memoryScheduler, runTaskRequest, write } from '../testing/memory-scheduler';

const SCHEDULERS = 3;
const REQUESTS = 60;
/** Fewer tokens than requests, so that some requests are repeated at the same time or later. */
const TOKENS = 40;
const ATTEMPTS_MAX = 100;
const TURNS_MAX = 5;
const FAULTS: readonly CommitFault[] = ['none', 'none', 'none', 'none', 'lost', 'unanswered', 'conflict'];

const small = { ...web, cpu: 10, memory: 16 };
const ground: readonly DomainEvent[] = [
  clusterCreated,
  defined('small', { containerDefinitions: [small] }),
  defined('port', { containerDefinitions: [{ ...small, portMappings: [{ containerPort: 80, hostPort: 80 }] }] }),
  ...Array.from({ length: 12 }, (_, at) => registered(instance(at))).flat(),
];

const KINDS: readonly Ecs.RunTaskRequest[] = [
  { taskDefinition: 'small' },
  { taskDefinition: 'small', count: 5, placementStrategy: [{ type: 'spread', field: 'instanceId' }] },
  { taskDefinition: 'small', count: 3, placementStrategy: [{ type: 'binpack', field: 'memory' }] },
  { taskDefinition: 'port', count: 2 },
  { taskDefinition: 'small', count: 2, group: 'alone', placementConstraints: [{ type: 'distinctInstance' }] },
];

const oneOf = <Item>(items: readonly Item[], random: Random): Item => items[random.below(items.length)]!;

/** Returns the tasks for a client that tries one scheduler after another until one answers. */
async function tasksOf(
  all: readonly MemoryScheduler[],
  random: Random,
  at: number,
): Promise<readonly [string, string]> {
  const token = random.below(TOKENS);
  const request = runTaskRequest({ ...KINDS[token % KINDS.length]!, clientToken: `token-${String(token)}` });
  for (let turn = random.below(TURNS_MAX); turn > 0; turn -= 1) await new Promise((resolve) => setImmediate(resolve));
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    try {
      const { output } = await all[(at + attempt) % SCHEDULERS]!.starter.runTask(request);
      const arns = (output.tasks ?? []).map(({ taskArn = '' }) => taskArn.split('/').at(-1) ?? '');
      return [`token-${String(token)}`, arns.sort().join()];
    } catch (error) {
      if (!(error instanceof JournalUnavailable || error instanceof JournalConflict)) throw error;
    }
  }
  throw new Error('No scheduler answers.');
}

async function placedIn(journal: MemoryJournal): Promise<readonly string[]> {
  const found: string[] = [];
  for (let at = 1; at <= (await journal.lastSequence()); at += 1) {
    const stored = await journal.read(at);
    if (stored?.event.type === 'TasksPlaced') found.push(...stored.event.tasks.map(({ id }) => id));
  }
  return found.sort();
}

/** The index agrees with the state: nothing is reserved, and no rule is broken. */
function checkIndex({ follower: { state } }: MemoryScheduler): void {
  const index = PlacementIndex.of(state).cluster(CLUSTER);
  for (const slot of index.all()) {
    const { used, id } = slot.instance;
    expect(slot.used).toEqual(used);
    expect(used.ports.length).toBeLessThanOrEqual(1);
    expect(slot.tasksOfGroups.get('alone') ?? 0).toBeLessThanOrEqual(1);
    const counts = new Map<string, number>();
    for (const task of state.tasksOn(id)) {
      const group = state.tasks.get(task)?.group ?? '';
      counts.set(group, (counts.get(group) ?? 0) + 1);
    }
    expect(slot.tasksOfGroups).toEqual(counts);
    for (const [group, count] of counts) expect(index.group(group).on(id)).toBe(count);
  }
}

describe('placements through a journal that loses writes and answers, and rejects some', () => {
  it('happen once, match the answers, break no rule, and leave no reservations', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), async (seed) => {
        const random = seededRandom(seed);
        const journal = new MemoryJournal({
          fault: ({ events: [event] }) => (event?.type === 'TasksPlaced' ? oneOf(FAULTS, random) : 'none'),
        });
        await write(journal, ground);
        const settings = {
          placementAheadMin: 1 + random.below(3),
          placementBatchMax: 1 + random.below(20),
          placementSliceMs: 1,
        };
        const all = Array.from({ length: SCHEDULERS }, (_, at) =>
          memoryScheduler(new LaggingJournal(journal, seededRandom(seed + at), 1 + random.below(TURNS_MAX)), settings),
        );
        for (const { follower } of all) await follower.catchUp(1_000);
        const answers = await Promise.all(Array.from({ length: REQUESTS }, (_, at) => tasksOf(all, random, at)));
        for (const { follower } of all) await follower.catchUp(1_000);
        // A request that placed nothing leaves no record.
        const placing = answers.filter(([, tasks]) => tasks !== '');
        const byToken = new Map(placing);
        for (const [token, tasks] of placing) expect(tasks).toBe(byToken.get(token));
        expect([...byToken.values()].flatMap((tasks) => tasks.split(',')).sort()).toEqual(await placedIn(journal));
        for (const scheduler of all) checkIndex(scheduler);
        for (const { follower } of all) await follower.stop();
      }),
      { numRuns: 20 },
    );
  }, 60_000);
});
