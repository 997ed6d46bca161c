import {
  type ContainerReport,
  type DomainEvent,
  type Ecs,
  PLACE_SERVICE_TASKS,
  type PlaceServiceTasks,
  serviceKey,
  type Task,
} from '@stowage/domain';
import { type CommitFault, JournalUnavailable, MemoryJournal, subjectOf } from '@stowage/journal';
import type { OperationRequest } from '@stowage/runtime';
import { describe, expect, it } from 'vitest';
import { deploymentStarted, SERVICE_SETTINGS, serviceCreated } from '../../../../libs/domain/src/testing/events';
import { CLUSTER, clusterCreated, defined, instance, registered, web } from '../testing/history';
import { type MemoryScheduler, memoryScheduler, write } from '../testing/memory-scheduler';

const SERVICE = 'web';
const KEY = serviceKey(CLUSTER, SERVICE);
const SUBJECT = subjectOf({ kind: 'service', cluster: CLUSTER, service: SERVICE });

const ofService: readonly DomainEvent[] = [
  {
    ...serviceCreated(CLUSTER, SERVICE),
    settings: { ...SERVICE_SETTINGS, enableECSManagedTags: true, propagateTags: 'SERVICE' },
    desiredCount: 4,
    tags: [{ key: 'of', value: 'service' }],
    createdBy: 'arn:aws:iam::123456789012:root',
  },
  deploymentStarted(CLUSTER, SERVICE, 'app'),
];

interface Ground {
  readonly instances?: number;
  readonly fault?: () => CommitFault;
  /** Additional settings of each task. */
  readonly container?: Partial<Ecs.ContainerDefinition>;
}

/** The given number of schedulers on one journal, with a service that has no task yet. */
async function schedulers(count: number, { instances = 2, fault = () => 'none', container }: Ground = {}) {
  const journal = new MemoryJournal({
    fault: ({ events }) => (events[0]?.type === 'TasksPlaced' ? fault() : 'none'),
  });
  await write(journal, [
    clusterCreated,
    defined('app', { containerDefinitions: [{ ...web, cpu: 1024, memory: 64, ...container }] }),
    ...Array.from({ length: instances }, (_, at) =>
      registered(instance(at), { resources: { gpus: ['a', 'b'] } }),
    ).flat(),
    ...ofService,
  ]);
  const all = Array.from({ length: count }, () => memoryScheduler(journal));
  for (const { follower } of all) await follower.catchUp(1_000);
  return { journal, all };
}

/** The request of a controller that has the same state as this scheduler. */
function asked({ follower }: MemoryScheduler, count: number): OperationRequest<PlaceServiceTasks> {
  return {
    operation: PLACE_SERVICE_TASKS,
    input: {
      cluster: CLUSTER,
      service: SERVICE,
      deployment: 'ecs-svc/1',
      where: { kind: 'anywhere', count },
      replaced: 0,
      expected: follower.lastSequenceOf(SUBJECT),
      decidedAt: follower.position,
    },
    caller: { principal: 'service:service-controller', requestId: 'look' },
    atLeast: follower.position,
    receivedAt: 0,
  };
}

describe('tasks for a service', () => {
  it('are placed together with the step of the service', async () => {
    const { journal, all } = await schedulers(1);
    const [scheduler] = all;
    const { output } = await scheduler!.serviceStarter.start(asked(scheduler!, 4));
    expect(output).toMatchObject({ outcome: 'decided', refusals: [] });
    await scheduler!.follower.catchUp(1_000);
    const { state } = scheduler!.follower;
    expect(state.tasksOf(KEY).size).toBe(4);
    expect(state.services.get(KEY)?.deployments[0]).toMatchObject({ pendingCount: 4, wantedCount: 4 });
    const last = await journal.read(await journal.lastSequence());
    expect(last).toMatchObject({ event: { type: 'ServiceStepTaken', started: { length: 4 } } });
    const [id] = state.tasksOf(KEY);
    expect(state.tasks.get(id!)).toMatchObject({
      group: 'service:web',
      startedBy: 'ecs-svc/1',
      tags: [
        { key: 'of', value: 'service' },
        { key: 'aws:ecs:clusterName', value: CLUSTER },
        { key: 'aws:ecs:serviceName', value: 'web' },
      ],
    });
  });

  it('are placed once when two schedulers receive the same request at the same time', async () => {
    const { all } = await schedulers(2);
    const answers = await Promise.all(all.map((each) => each.serviceStarter.start(asked(each, 2))));
    expect(answers.map(({ output }) => output.outcome).sort()).toEqual(['decided', 'stale']);
    await all[0]!.follower.catchUp(1_000);
    expect(all[0]!.follower.state.tasksOf(KEY).size).toBe(2);
  });

  it('are placed once although the answer was lost, because the repeated request is stale', async () => {
    let commits = 0;
    const { all } = await schedulers(1, { fault: () => ((commits += 1) === 1 ? 'unanswered' : 'none') });
    const [scheduler] = all;
    const question = asked(scheduler!, 3);
    await expect(scheduler!.serviceStarter.start(question)).rejects.toBeInstanceOf(JournalUnavailable);
    await scheduler!.follower.catchUp(1_000);
    expect((await scheduler!.serviceStarter.start(question)).output).toEqual({ outcome: 'stale' });
    expect(scheduler!.follower.state.tasksOf(KEY).size).toBe(3);
  });

  it('are placed where there is room, and the rest is refused with a reason for each instance', async () => {
    const { all } = await schedulers(1, { instances: 1 });
    const [scheduler] = all;
    const { output } = await scheduler!.serviceStarter.start(asked(scheduler!, 3));
    expect(output).toMatchObject({
      outcome: 'decided',
      tasks: { length: 2 },
      refusals: [{ instance: instance(0), reason: 'RESOURCE:CPU' }],
    });
  });

  it.each<PlaceServiceTasks['where']>([
    { kind: 'anywhere', count: 2 },
    { kind: 'each', instances: [instance(1), instance(0)] },
  ])('get their GPUs by id: $kind', async (where) => {
    const { all } = await schedulers(1, { container: { resourceRequirements: [{ type: 'GPU', value: '2' }] } });
    const [scheduler] = all;
    const question = asked(scheduler!, 2);
    await scheduler!.serviceStarter.start({ ...question, input: { ...question.input, where } });
    await scheduler!.follower.catchUp(1_000);
    const { instances, tasks } = scheduler!.follower.state;
    expect([...instances.values()].map(({ used }) => used.gpus)).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    for (const { containers } of tasks.values()) expect(containers).toMatchObject([{ gpuIds: ['a', 'b'] }]);
  });

  describe('of a deployment whose first task has reported the digest of its image', () => {
    const first: ContainerReport = { name: web.name!, lastStatus: 'RUNNING', imageDigest: 'sha256:first' };

    async function second(container: Partial<Ecs.ContainerDefinition>): Promise<Task | undefined> {
      const { journal, all } = await schedulers(1, { container });
      const [scheduler] = all;
      const { serviceStarter, follower } = scheduler!;
      await serviceStarter.start(asked(scheduler!, 1));
      await follower.catchUp(1_000);
      const [task] = follower.state.tasks.values();
      const about = { version: 1, cluster: CLUSTER, instance: task!.instance, task: task!.id } as const;
      await write(journal, [{ ...about, type: 'TaskProgressed', lastStatus: 'RUNNING', containers: [first] }]);
      const later = { ...first, imageDigest: 'sha256:later' };
      await write(journal, [{ ...about, type: 'TaskProgressed', lastStatus: 'RUNNING', containers: [later] }]);
      await follower.catchUp(1_000);
      await serviceStarter.start(asked(scheduler!, 1));
      await follower.catchUp(1_000);
      return [...follower.state.tasks.values()].find(({ id }) => id !== task!.id);
    }

    it('run that image', async () => {
      expect((await second({}))?.containers).toMatchObject([{ image: web.image, pinnedDigest: 'sha256:first' }]);
    });

    it('run the current image of the tag when versionConsistency is disabled', async () => {
      expect((await second({ versionConsistency: 'disabled' }))?.containers[0]).not.toHaveProperty('pinnedDigest');
    });
  });

  it('write nothing when there is no room', async () => {
    const { journal, all } = await schedulers(1, { instances: 0 });
    const before = await journal.lastSequence();
    const { output } = await all[0]!.serviceStarter.start(asked(all[0]!, 1));
    expect(output).toMatchObject({ outcome: 'decided', tasks: [], refusals: [], refused: {}, sequence: before });
    expect(await journal.lastSequence()).toBe(before);
  });
});
