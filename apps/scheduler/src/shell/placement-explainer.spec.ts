import {
  type DomainEvent,
  type Ecs,
  seededRandom,
  type ServiceCreated,
  type Task,
  type TaskId,
  taskId,
} from '@stowage/domain';
import { type CommittedTransaction, MemoryJournal, SnapshotWriter, subjectOf } from '@stowage/journal';
import type { OperationRequest } from '@stowage/runtime';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { deploymentStarted, SERVICE_SETTINGS, serviceCreated } from '../../../../libs/domain/src/testing/events';
import { CLOCK_SKEW_MS } from './past-decisions';
import type { ExplainPlacement, PlanPlacement } from './explain-inputs';
import { CLUSTER, clusterCreated, defined, instance, registered, web } from '../testing/history';
import { LaggingJournal } from '../testing/lagging-journal';
import { type MemoryScheduler, memoryScheduler, runTaskRequest, write } from '../testing/memory-scheduler';

const INSTANCES = 12;

const ground: readonly DomainEvent[] = [
  clusterCreated,
  defined('app', { containerDefinitions: [{ ...web, cpu: 256, memory: 256 }] }),
  defined('gpu', {
    containerDefinitions: [{ ...web, cpu: 0, memory: 16, resourceRequirements: [{ type: 'GPU', value: '1' }] }],
  }),
  defined('huge', { containerDefinitions: [{ ...web, cpu: 4_096, memory: 5_000 }] }),
  ...Array.from({ length: INSTANCES }, (_, at) =>
    registered(instance(at), {
      attributes: [{ name: 'ecs.availability-zone', value: `us-east-1${'abc'.charAt(at % 3)}` }],
      resources: { gpus: ['a', 'b', 'c'] },
    }),
  ).flat(),
];

async function schedulers(count: number): Promise<readonly MemoryScheduler[]> {
  const journal = new MemoryJournal();
  await write(journal, ground);
  const all = Array.from({ length: count }, (_, at) =>
    memoryScheduler(new LaggingJournal(journal, seededRandom(at), 3)),
  );
  for (const { follower } of all) await follower.catchUp(1_000);
  return all;
}

const caller = { principal: 'arn:aws:iam::123456789012:root', requestId: 'why' };

function ask<Input>(operation: string, input: Input): OperationRequest<Input> {
  return { operation, input, caller, atLeast: 0, receivedAt: 0 };
}

const explained = async (of: MemoryScheduler, input: ExplainPlacement) =>
  (await of.explainer.explain(ask('ExplainPlacement', { cluster: CLUSTER, ...input }))).output;
const planned = async (of: MemoryScheduler, input: PlanPlacement) =>
  (await of.explainer.plan(ask('PlanPlacement', { cluster: CLUSTER, ...input }))).output;

async function placedTasks({ runtime: { journal } }: MemoryScheduler): Promise<readonly TaskId[]> {
  const found: TaskId[] = [];
  for (let at = 1; at <= (await journal.lastSequence()); at += 1) {
    const stored = await journal.read(at);
    if (stored?.event.type === 'TasksPlaced') found.push(...stored.event.tasks.map(({ id }) => id));
  }
  return found;
}

const SETTINGS: ServiceCreated['settings'] = {
  ...SERVICE_SETTINGS,
  deploymentConfiguration: { ...SERVICE_SETTINGS.deploymentConfiguration, maximumPercent: 150 },
};

/** A service `web` of the definition `app`. */
async function createService(
  { runtime, follower }: MemoryScheduler,
  more: Partial<Pick<ServiceCreated, 'schedulingStrategy' | 'desiredCount' | 'settings'>>,
): Promise<void> {
  const created = { ...serviceCreated(CLUSTER, 'web'), settings: SETTINGS, ...more };
  const started = deploymentStarted(CLUSTER, 'web', 'app');
  const decide = () => ({ events: [created, started], result: undefined });
  await runtime.commands.execute({ decide, atLeast: 0, actor: 'service:test', cause: 'ground' });
  await follower.catchUp(1_000);
}

const KINDS: readonly Partial<Ecs.RunTaskRequest>[] = [
  {},
  { count: 3, placementStrategy: [{ type: 'spread', field: 'attribute:ecs.availability-zone' }] },
  { placementStrategy: [{ type: 'binpack', field: 'memory' }] },
  { taskDefinition: 'gpu', count: 2, placementStrategy: [{ type: 'binpack', field: 'cpu' }] },
  { count: 2, placementStrategy: [{ type: 'spread', field: 'instanceId' }], group: 'mine' },
  {
    placementConstraints: [
      { type: 'memberOf', expression: 'attribute:ecs.availability-zone != us-east-1a' },
      { type: 'distinctInstance' },
    ],
    group: 'alone',
  },
];

const NO_REPORTS = { onTrouble: () => undefined, onReplay: () => undefined, onAlarm: () => undefined };

const stopped = ({ id, instance }: Task): DomainEvent => ({
  type: 'TaskStopped',
  version: 1,
  cluster: CLUSTER,
  instance,
  task: id,
  containers: [],
  stopCode: 'EssentialContainerExited',
  stoppedReason: 'Essential container in task exited',
});

describe('ExplainPlacement', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'stowage-explain-'));
  afterAll(() => rmSync(dataDir, { recursive: true }));

  it('repeats every past decision with the same result, in any batch and next to any other scheduler', async () => {
    const all = await schedulers(3);
    const [first] = all;
    await Promise.all(
      Array.from({ length: 40 }, (_, at) =>
        all[at % 3]!.starter.runTask(runTaskRequest({ taskDefinition: 'app', ...KINDS[at % KINDS.length] })),
      ),
    );
    await first!.follower.catchUp(1_000);
    const tasks = await placedTasks(first!);
    expect(tasks.length).toBeGreaterThan(50);
    for (const task of tasks) {
      const output = await explained(first!, { task });
      expect(output).toMatchObject({
        decision: { sameBuild: true, sameAnswer: true, containerInstanceArn: expect.any(String) as string },
        considered: INSTANCES,
      });
      const { decision, instances } = output as {
        decision: { containerInstanceArn: string };
        instances: readonly { containerInstanceArn: string; fits: boolean }[];
      };
      // The chosen instance fitted at that moment.
      expect(instances.find((each) => each.containerInstanceArn === decision.containerInstanceArn)?.fits).toBe(true);
    }
  }, 60_000);

  it('repeats the decision of a conditional request, independent of other pending placements', async () => {
    const journal = new MemoryJournal();
    await write(journal, ground);
    const scheduler = memoryScheduler(journal);
    const { starter, follower } = scheduler;
    const commit = journal.commit.bind(journal);
    let gate = Promise.resolve();
    const commits = vi.spyOn(journal, 'commit').mockImplementation(async (transaction) => {
      if (transaction.cause === 'held') await gate;
      return commit(transaction);
    });
    const spread = runTaskRequest({
      taskDefinition: 'app',
      placementStrategy: [{ type: 'spread', field: 'instanceId' }],
    });
    for (let round = 0; round < 5; round += 1) {
      await follower.catchUp(1_000);
      commits.mockClear();
      let open = (): void => undefined;
      gate = new Promise((resolve) => (open = resolve));
      const others = starter.runTask({
        ...spread,
        input: { ...spread.input, count: 4 },
        caller: { ...spread.caller, requestId: 'held' },
      });
      await vi.waitFor(() => expect(commits).toHaveBeenCalledTimes(1));
      await starter.runTask({ ...spread, expect: follower.position });
      open();
      await others;
    }
    await follower.catchUp(1_000);
    const tasks = await placedTasks(scheduler);
    expect(tasks).toHaveLength(25);
    for (const task of tasks) {
      expect(await explained(scheduler, { task })).toMatchObject({ decision: { sameAnswer: true } });
    }
  });

  it('finds the same from a snapshot as from the start of the journal', async () => {
    const journal = new MemoryJournal();
    await write(journal, ground);
    const scheduler = memoryScheduler(journal);
    const placeSome = async (): Promise<void> => {
      await scheduler.follower.catchUp(1_000);
      for (const kind of KINDS) await scheduler.starter.runTask(runTaskRequest({ taskDefinition: 'app', ...kind }));
      await scheduler.follower.catchUp(1_000);
      const [oldest] = scheduler.follower.state.tasks.values();
      if (oldest) await write(journal, [stopped(oldest)]);
    };
    for (let round = 0; round < 3; round += 1) await placeSome();
    await scheduler.follower.catchUp(1_000);
    await new SnapshotWriter(dataDir, journal, scheduler.follower, NO_REPORTS).writeIfDue(1);
    const [early, before] = [await placedTasks(scheduler), scheduler.follower.position];
    for (let round = 0; round < 3; round += 1) await placeSome();
    await scheduler.follower.catchUp(1_000);
    // A limit that is too small to fold from the start of the journal.
    const near = memoryScheduler(journal, { dataDir, asOfEventsMax: scheduler.follower.position - before });
    await near.follower.catchUp(1_000);
    const late = (await placedTasks(scheduler)).slice(early.length);
    expect(late.length).toBeGreaterThan(20);
    for (const task of late) {
      const output = await explained(near, { task });
      expect(output).toMatchObject({ decision: { sameAnswer: true } });
      expect(output).toEqual(await explained(scheduler, { task }));
    }
    await expect(explained(near, { task: early.at(-1)! })).rejects.toThrow('events after the last snapshot before it');
  });

  it('reports for each instance why it was refused, and the smallest change that would help', async () => {
    const [scheduler] = await schedulers(1);
    const output = await explained(scheduler!, { runTask: { taskDefinition: 'huge' }, maxResults: 5 });
    expect(output).toMatchObject({
      fitting: 0,
      considered: INSTANCES,
      chosen: [],
      refused: [{ reason: 'RESOURCE:CPU', count: INSTANCES }],
      smallestChange: { changes: ['2048 more CPU units are free', '904 MiB more memory are free'] },
      instances: { length: 5 },
      nextToken: '5',
      build: 'test',
    });
    const rest = await explained(scheduler!, { runTask: { taskDefinition: 'huge' }, nextToken: '10' });
    expect(rest).toMatchObject({ instances: { length: 2 } });
    expect(rest).not.toHaveProperty('nextToken');
  });

  it('shows the scores of fitting instances, the best first', async () => {
    const [scheduler] = await schedulers(1);
    await scheduler!.starter.runTask(runTaskRequest({ taskDefinition: 'app', count: 4 }));
    await scheduler!.follower.catchUp(1_000);
    const strategy = [{ type: 'spread' as const, field: 'attribute:ecs.availability-zone' }];
    const output = await explained(scheduler!, { runTask: { taskDefinition: 'app', placementStrategy: strategy } });
    const { instances } = output as { instances: readonly { scores: readonly { value: number }[] }[] };
    const values = instances.map(({ scores }) => scores[0]?.value);
    expect(values).toEqual([...values].sort());
    expect(new Set(values).size).toBeGreaterThan(1);
  });

  it('rejects what it cannot explain', async () => {
    const [scheduler] = await schedulers(1);
    const unknown = taskId('f'.repeat(32));
    await expect(explained(scheduler!, { task: unknown })).rejects.toThrow('The referenced task was not found.');
    await expect(explained(scheduler!, {})).rejects.toThrow('Exactly one of task, service and runTask');
    await expect(explained(scheduler!, { service: 'x' })).rejects.toThrow('The referenced service was not found.');
    await expect(explained(scheduler!, { runTask: { taskDefinition: 'app' }, asOf: 10_000 })).rejects.toThrow('beyond');
    const expecting = { ...ask('ExplainPlacement', { cluster: CLUSTER, task: unknown }), expect: 1 };
    await expect(scheduler!.explainer.explain(expecting)).rejects.toThrow('it is for writes');
    await expect(scheduler!.explainer.plan(expecting)).rejects.toThrow('it is for writes');
  });
});

/** A journal that delivers nothing to a reader that starts while it is silent. */
class SilentJournal extends MemoryJournal {
  isSilent = false;
  readonly followedFrom: number[] = [];
  /** Number of readers that currently wait, and the highest number so far. */
  following = { now: 0, most: 0 };

  override async *follow(position: number, signal: AbortSignal): AsyncGenerator<CommittedTransaction> {
    this.followedFrom.push(position);
    if (!this.isSilent) yield* super.follow(position, signal);
    this.following.now += 1;
    this.following.most = Math.max(this.following.most, this.following.now);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    this.following.now -= 1;
  }
}

describe('The search for the decision about a stopped task', () => {
  it('starts at the creation time of the task in the read model', async () => {
    const journal = new SilentJournal();
    await write(journal, ground);
    const scheduler = memoryScheduler(journal);
    await scheduler.follower.catchUp(1_000);
    await scheduler.starter.runTask(runTaskRequest({ taskDefinition: 'app' }));
    await scheduler.follower.catchUp(1_000);
    const [task] = scheduler.follower.state.tasks.values();
    await write(journal, [stopped(task!)]);
    await scheduler.follower.catchUp(1_000);
    const request = ask('ExplainPlacement', { cluster: CLUSTER, task: task!.id });
    journal.followedFrom.length = 0;
    await scheduler.explainer.explain({ ...request, taskCreatedAt: Math.floor(task!.createdAt) + CLOCK_SKEW_MS });
    const placedAt = await journal.positionAt(task!.createdAt);
    expect(placedAt).toBeGreaterThan(1);
    expect(journal.followedFrom[0]).toBe(placedAt);
  });

  it('runs one at a time and has a time limit', async () => {
    const journal = new SilentJournal();
    await write(journal, ground);
    const scheduler = memoryScheduler(journal, { asOfTimeoutMs: 50 });
    await scheduler.follower.catchUp(1_000);
    journal.isSilent = true;
    const task = taskId('f'.repeat(32));
    const searches = await Promise.allSettled([1, 2, 3].map(() => explained(scheduler, { task })));
    for (const search of searches) {
      expect(search).toMatchObject({ status: 'rejected', reason: { code: 'LimitExceededException' } });
    }
    expect(journal.following).toEqual({ now: 0, most: 1 });
  });
});

describe('PlanPlacement', () => {
  it('reports what would be placed where, and writes nothing', async () => {
    const [scheduler] = await schedulers(1);
    const before = await scheduler!.runtime.journal.lastSequence();
    const output = await planned(scheduler!, {
      runTask: {
        taskDefinition: 'app',
        count: 10,
        placementConstraints: [
          { type: 'memberOf', expression: 'attribute:ecs.availability-zone == us-east-1a' },
          { type: 'distinctInstance' },
        ],
      },
    });
    expect(output).toMatchObject({ asked: 10, placed: 4, placements: { length: 4 }, failures: { length: INSTANCES } });
    expect(await scheduler!.runtime.journal.lastSequence()).toBe(before);
    await scheduler!.starter.runTask(runTaskRequest({ taskDefinition: 'app' }));
  });

  it('plans on a state of the past', async () => {
    const [scheduler] = await schedulers(1);
    const before = await scheduler!.runtime.journal.lastSequence();
    const full = runTaskRequest({ taskDefinition: 'app', count: 10 });
    for (let round = 0; round < 10; round += 1) await scheduler!.starter.runTask(full);
    await scheduler!.follower.catchUp(1_000);
    const runTask = { taskDefinition: 'app', count: 2 };
    expect(await planned(scheduler!, { runTask })).toMatchObject({ placed: 0, refused: [{ reason: 'RESOURCE:CPU' }] });
    expect(await planned(scheduler!, { runTask, asOf: before })).toMatchObject({ placed: 2, sequence: before });
  });

  it('plans the scale and the update of a service', async () => {
    const [scheduler] = await schedulers(1);
    await createService(scheduler!, { desiredCount: 6 });
    const of = { service: 'web' };
    expect(await planned(scheduler!, of)).toMatchObject({ asked: 6, placed: 6, stops: [] });
    // Two on each of three zones, and no instance twice.
    expect(await planned(scheduler!, of)).toMatchObject({ placements: { length: 6 } });
    expect(await planned(scheduler!, { ...of, desiredCount: 0 })).toMatchObject({ asked: 0, stops: [] });
    const huge = await planned(scheduler!, { ...of, taskDefinition: 'huge' });
    expect(huge).toMatchObject({ asked: 6, placed: 0, refused: [{ reason: 'RESOURCE:CPU', count: INSTANCES }] });
    expect(await explained(scheduler!, of)).toMatchObject({ fitting: INSTANCES, chosen: { length: 1 } });
  });

  it('reports how many instances it checked, and rejects members that it would ignore', async () => {
    const journal = new MemoryJournal();
    await write(journal, [
      clusterCreated,
      defined('app', { containerDefinitions: [{ ...web, cpu: 1, memory: 6 }] }),
      ...registered(instance(0)),
    ]);
    const scheduler = memoryScheduler(journal);
    await scheduler.follower.catchUp(1_000);
    await createService(scheduler, {});
    const many = await planned(scheduler, { service: 'web', desiredCount: 600 });
    expect(many).toMatchObject({ asked: 600, planned: 500, placed: 500, refused: [] });
    await expect(planned(scheduler, { runTask: { taskDefinition: 'app' }, desiredCount: 2 })).rejects.toThrow(
      'desiredCount and taskDefinition are about a service.',
    );
    const task = taskId('f'.repeat(32));
    await expect(explained(scheduler, { task, asOf: 1 })).rejects.toThrow('explained as of its own decision');
  });
});

describe('A DAEMON service', () => {
  const inZoneA = {
    ...SETTINGS,
    placementConstraints: [{ type: 'memberOf' as const, expression: 'attribute:ecs.availability-zone == us-east-1a' }],
  };
  const of = { service: 'web' };

  it('is planned as one task on each eligible instance, and has no desired count', async () => {
    const [scheduler] = await schedulers(1);
    await createService(scheduler!, { schedulingStrategy: 'DAEMON', desiredCount: 0, settings: inZoneA });
    const output = await planned(scheduler!, of);
    expect(output).toMatchObject({ asked: 4, placed: 4, stops: [] });
    expect(output).toMatchObject({ placements: [0, 1, 2, 3].map(() => ({ count: 1 })) });
    await expect(planned(scheduler!, { ...of, desiredCount: 5 })).rejects.toThrow(
      'The daemon scheduling strategy does not support a desired count',
    );
    expect(await explained(scheduler!, of)).toMatchObject({ fitting: 4, considered: INSTANCES });
  });

  it('explains a placed task with the constraints of the service', async () => {
    const [scheduler] = await schedulers(1);
    const { serviceStarter, follower } = scheduler!;
    await createService(scheduler!, { schedulingStrategy: 'DAEMON', desiredCount: 0, settings: inZoneA });
    const { output } = await serviceStarter.start(
      ask('PlaceServiceTasks', {
        cluster: CLUSTER,
        ...of,
        deployment: 'ecs-svc/1',
        where: { kind: 'each', instances: [instance(0), instance(3)] },
        replaced: 0,
        expected: follower.lastSequenceOf(subjectOf({ kind: 'service', cluster: CLUSTER, service: 'web' })),
        decidedAt: follower.position,
      }),
    );
    await follower.catchUp(1_000);
    const [placed] = output.outcome === 'decided' ? output.tasks : [];
    const explanation = await explained(scheduler!, { task: placed!.task });
    expect(explanation).toMatchObject({ fitting: 4, decision: { sameAnswer: true } });
    expect(explanation).toMatchObject({
      refused: [{ reason: 'MemberOf placement constraint unsatisfied.', count: INSTANCES - 4 }],
    });
    // An instance that has its task needs no second one.
    expect(await planned(scheduler!, of)).toMatchObject({ asked: 2, placed: 2 });
  });
});
