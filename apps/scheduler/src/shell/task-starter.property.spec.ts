import {
  applyEvent,
  ClusterState,
  type DomainEvent,
  type Ecs,
  invariant,
  type ReadonlyClusterState,
  seededRandom,
} from '@stowage/domain';
import { type CommittedTransaction, MemoryJournal } from '@stowage/journal';
import type { OperationRequest, Runtime } from '@stowage/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CLUSTER, clusterCreated, connection, defined, instance, registered, web } from '../testing/history';
import { LaggingJournal } from '../testing/lagging-journal';
import { type MemoryScheduler, memoryScheduler, runTaskRequest, write } from '../testing/memory-scheduler';
import type { Started } from './task-starter';

const SCHEDULERS = 3;
const INSTANCES = 4;

/** A step of the test. Steps start in this order and do not wait for each other. */
type Step =
  | {
      readonly do: 'run';
      readonly scheduler: number;
      readonly count: number;
      readonly family: string;
      readonly token?: string;
    }
  | { readonly do: 'stop'; readonly scheduler: number; readonly which: number }
  | { readonly do: 'connect'; readonly scheduler: number; readonly instance: number; readonly connected: boolean };

const scheduler = fc.nat({ max: SCHEDULERS - 1 });
const run = fc.record({
  do: fc.constant('run' as const),
  scheduler,
  count: fc.integer({ min: 1, max: 10 }),
  family: fc.constantFrom('small', 'large', 'port', 'udp', 'gpu'),
});
const tokenRun = fc
  .tuple(run, fc.constantFrom('token-a', 'token-b'))
  .map(([step, token]): Step => ({ ...step, family: 'small', count: 2, token }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: run },
  { weight: 2, arbitrary: tokenRun },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('stop' as const), scheduler, which: fc.nat() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('connect' as const),
      scheduler,
      instance: fc.nat({ max: INSTANCES - 1 }),
      connected: fc.boolean(),
    }),
  },
);

const ground: readonly DomainEvent[] = [
  clusterCreated,
  defined('small', { containerDefinitions: [{ ...web, cpu: 100, memory: 128 }] }),
  defined('large', { containerDefinitions: [{ ...web, cpu: 900, memory: 1500 }] }),
  defined('port', { containerDefinitions: [{ ...web, portMappings: [{ containerPort: 80, hostPort: 80 }] }] }),
  defined('udp', {
    containerDefinitions: [{ ...web, portMappings: [{ containerPort: 53, hostPort: 53, protocol: 'udp' }] }],
  }),
  defined('gpu', { containerDefinitions: [{ ...web, resourceRequirements: [{ type: 'GPU', value: '2' }] }] }),
  ...Array.from({ length: INSTANCES }, (_, at) =>
    registered(instance(at), { resources: { gpus: ['a', 'b', 'c', 'd', 'e'].slice(at) } }),
  ).flat(),
];

function replica(journal: MemoryJournal, seed: number): MemoryScheduler {
  return memoryScheduler(new LaggingJournal(journal, seededRandom(seed), 3));
}

async function carryOut({ runtime, starter }: MemoryScheduler, step: Step): Promise<Started | undefined> {
  switch (step.do) {
    case 'run':
      return starter.runTask(requestOf(step));
    case 'stop':
      await decideOn(runtime, (state) => stopOf(state, step.which));
      return undefined;
    case 'connect':
      await decideOn(runtime, () => [connection(instance(step.instance), step.connected)]);
      return undefined;
  }
}

async function decideOn(
  runtime: Runtime,
  decide: (state: ReadonlyClusterState) => readonly DomainEvent[],
): Promise<void> {
  await runtime.commands.execute({
    decide: (state) => ({ events: decide(state), result: undefined }),
    atLeast: 0,
    actor: 'service:test',
    cause: 'property',
  });
}

function requestOf({ family, count, token }: Extract<Step, { do: 'run' }>): OperationRequest<Ecs.RunTaskRequest> {
  return runTaskRequest({ taskDefinition: family, count, ...(token && { clientToken: token }) });
}

function stopOf(state: ReadonlyClusterState, which: number): readonly DomainEvent[] {
  const tasks = [...state.tasks.values()];
  const task = tasks[which % Math.max(tasks.length, 1)];
  if (!task) return [];
  return [
    {
      type: 'TaskStopped',
      version: 1,
      cluster: CLUSTER,
      instance: task.instance,
      task: task.id,
      containers: [],
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
    },
  ];
}

/** Folds the journal event by event and checks every ledger after each event. */
async function checkInvariants(journal: MemoryJournal): Promise<ReadonlySet<string>> {
  const state = new ClusterState();
  const placed = new Set<string>();
  const ended = new AbortController();
  const end = await journal.lastSequence();
  for await (const transaction of journal.follow(0, ended.signal)) {
    applyChecked(state, transaction, placed);
    if (transaction.sequence === end) break;
  }
  return placed;
}

function applyChecked(state: ClusterState, transaction: CommittedTransaction, placed: Set<string>): void {
  for (const stored of transaction.events) {
    if (stored.event.type === 'TasksPlaced') {
      expect(state.instances.get(stored.event.instance)?.agentConnected).toBe(true);
      for (const { id } of stored.event.tasks) {
        expect(placed.has(id), 'A task is placed once.').toBe(false);
        placed.add(id);
      }
    }
    applyEvent(state, stored.event, stored);
    for (const { used, registered: has } of state.instances.values()) {
      expect(used.cpu).toBeLessThanOrEqual(has.cpu);
      expect(used.memory).toBeLessThanOrEqual(has.memory);
      expect(new Set([...used.ports, ...has.ports]).size).toBe(used.ports.length + has.ports.length);
      expect(new Set(used.portsUdp).size).toBe(used.portsUdp.length);
      expect(new Set(used.gpus).size).toBe(used.gpus.length);
      expect(used.gpus.filter((gpu) => !has.gpus.includes(gpu))).toEqual([]);
    }
  }
}

describe('several schedulers on one journal, each slightly behind', () => {
  it('never over-commit, place each task once, and answer what the journal holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), fc.nat(), async (steps, seed) => {
        const journal = new MemoryJournal();
        await write(journal, ground);
        const replicas = Array.from({ length: SCHEDULERS }, (_, each) => replica(journal, seed + each));
        const end = await journal.lastSequence();
        await Promise.all(replicas.map(({ follower }) => follower.reached(end, 1_000)));
        const answers = await Promise.all(
          steps.map((each) => {
            const chosen = replicas[each.scheduler];
            invariant(chosen, 'The scheduler exists.');
            return carryOut(chosen, each);
          }),
        );
        await Promise.all(replicas.map(({ follower }) => follower.stop()));
        const placed = await checkInvariants(journal);
        const answered = answers.flatMap((answer) => answer?.output.tasks ?? []).map(({ taskArn }) => taskArn ?? '');
        const known = new Set(answered.map((arn) => arn.split('/').at(-1)));
        expect(known).toEqual(placed);
        const tokens = steps.map((each, index) => ('token' in each && each.token ? [each.token, index] : undefined));
        for (const token of ['token-a', 'token-b']) {
          const same = tokens.filter((each) => each?.[0] === token).map((each) => answers[Number(each?.[1])]);
          const placements = same.map((answer) =>
            answer?.output.tasks
              ?.map(({ taskArn }) => taskArn)
              .sort()
              .join(),
          );
          // A request that placed nothing leaves no record.
          expect(new Set(placements.filter((each) => each !== '')).size).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});
