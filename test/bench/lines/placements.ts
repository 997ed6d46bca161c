import { type Ecs, seededRandom, transactionId } from '@stowage/domain';
import { subjectOfEvent } from '@stowage/journal';
import type { OperationRequest, Runtime } from '@stowage/runtime';
import { uuidv7 } from 'uuidv7';
import { SchedulerConfig } from '../../../apps/scheduler/src/config';
import { PlacementLanes } from '../../../apps/scheduler/src/shell/placement-lanes';
import { PlacementPeers } from '../../../apps/scheduler/src/shell/placement-peers';
import { TaskStarter } from '../../../apps/scheduler/src/shell/task-starter';
import { NatsServer } from '../../support/nats-server';
import { type TestRuntime, testRuntime } from '../../support/runtime';
import { median } from '../figures';
import { type Line, line, type Measure } from '../line';
import {
  BENCH_CLUSTER,
  clusterCreated,
  definitionRegistered,
  idsOf,
  instanceComes,
  taskPlaced,
} from '../placement-ground';

const INSTANCES = 5_000;
const PLACEMENTS = 5_000;
const ROUNDS = 3;
const REPLICAS = [1, 2, 4];
const WAITING_PER_REPLICA = 1_000;
const EVENTS_PER_BATCH = 250;
const CATCH_UP_MS = 120_000;

type Strategy = NonNullable<Ecs.RunTaskRequest['placementStrategy']>;
const STRATEGIES: Readonly<Record<string, Strategy>> = {
  spread: [{ type: 'spread', field: 'attribute:ecs.availability-zone' }],
  binpack: [{ type: 'binpack', field: 'memory' }],
  random: [],
};

interface Replica {
  readonly runtime: Runtime;
  readonly lanes: PlacementLanes;
  readonly starter: TaskStarter;
}

/**
 * Committed placements with fsync on every write, requests waiting: bench line 2, against batches of as many events
 * published by one writer that decides nothing. The replicas share this process, each with its own connection and fold.
 */
export const measurePlacements: Measure = async (say) => {
  const nats = await NatsServer.start({ sync: 'always' });
  const runtime = await testRuntime({ server: nats });
  try {
    await commitAll(runtime);
    const replicas = [replicaOn(runtime)];
    const lines: Line[] = [];
    for (const count of REPLICAS) {
      while (replicas.length < count) replicas.push(replicaOn(await runtime.another()));
      for (const name of Object.keys(STRATEGIES)) {
        lines.push(...(await measured(name, replicas.slice(0, count))));
        say(
          lines
            .slice(-3)
            .map(({ name: what, value }) => `${what}: ${value.toFixed(2)}`)
            .join('; '),
        );
      }
    }
    return lines;
  } finally {
    await runtime.close();
    await nats.stop();
  }
};

async function measured(name: string, replicas: readonly Replica[]): Promise<readonly Line[]> {
  const [rates, floors, before]: [number[], number[], Counted] = [[], [], countedBy(replicas)];
  for (let round = 0; round < ROUNDS; round += 1) {
    floors.push(await rawBatches(replicas[0]?.runtime));
    rates.push(await placements(STRATEGIES[name] ?? [], replicas));
  }
  const after = countedBy(replicas);
  const [batches, conflicts, refused] = [after[0] - before[0], after[1] - before[1], after[2] - before[2]];
  const of = `${name}, ${String(replicas.length)} replica(s)`;
  const aims = replicas.length === 1 ? { atLeast: 10_000, ratioAtLeast: 0.5 } : {};
  const aim = replicas.length === Math.max(...REPLICAS) && name !== 'binpack' ? { atMost: 0.05 } : {};
  return [
    line({ name: `committed placements, ${of}`, value: median(rates), unit: '/s', floor: median(floors), ...aims }),
    line({ name: `conflict fraction of batches, ${of}`, value: conflicts / Math.max(1, batches), unit: '', ...aim }),
    line({ name: `requests refused by one conflict, ${of}`, value: refused / Math.max(1, conflicts), unit: '' }),
  ];
}

type Counted = readonly [batches: number, conflicts: number, refused: number];

function countedBy(replicas: readonly Replica[]): Counted {
  const sum = (of: (lanes: PlacementLanes) => number): number =>
    replicas.reduce((all, { lanes }) => all + of(lanes), 0);
  return [
    sum(({ counters }) => counters.batches),
    sum(({ counters }) => counters.conflicts),
    sum(({ counters }) => counters.requestsRefused),
  ];
}

function replicaOn(runtime: Runtime): Replica {
  const config = Object.assign(new SchedulerConfig(), { placementTimeoutMs: CATCH_UP_MS });
  const lanes = new PlacementLanes(
    runtime,
    config,
    new PlacementPeers(runtime, { scheduler: uuidv7(), build: 'bench' }),
  );
  return { runtime, lanes, starter: new TaskStarter(runtime, lanes) };
}

/** Each a request of its own for one task; so many wait with each replica at any time. */
async function placements(placementStrategy: Strategy, replicas: readonly Replica[]): Promise<number> {
  let left = PLACEMENTS;
  const began = performance.now();
  const work = async ({ starter }: Replica): Promise<void> => {
    while (left-- > 0) {
      const { output } = await starter.runTask(request({ placementStrategy }));
      if (output.tasks?.length !== 1) throw new Error('A task found no place.');
    }
  };
  await Promise.all(replicas.flatMap((replica) => Array.from({ length: WAITING_PER_REPLICA }, () => work(replica))));
  return PLACEMENTS / ((performance.now() - began) / 1_000);
}

function request(input: Pick<Ecs.RunTaskRequest, 'placementStrategy'>): OperationRequest<Ecs.RunTaskRequest> {
  const caller = { principal: 'arn:aws:iam::123456789012:root', requestId: 'bench' };
  const asked = { cluster: BENCH_CLUSTER, taskDefinition: 'app', ...input };
  return { operation: 'RunTask', input: asked, caller, atLeast: 0, receivedAt: 0 };
}

/** The floor: as many events of that size in batches, one after another, each on a ledger that has none yet. */
async function rawBatches(runtime: Runtime | undefined): Promise<number> {
  if (!runtime) return 0;
  const random = seededRandom(Math.floor(performance.now()));
  const batches = Array.from({ length: PLACEMENTS / EVENTS_PER_BATCH }, () =>
    idsOf(EVENTS_PER_BATCH, random).map((id, at) => taskPlaced(at, id, 'raw')),
  );
  const began = performance.now();
  for (const events of batches) {
    const expectations = events.map((event) => ({ subject: subjectOfEvent(event), sequence: 0 }));
    const origin = { at: 0, actor: 'service:bench', cause: 'raw' };
    await runtime.journal.commit({ id: transactionId(uuidv7()), events, expectations, ...origin });
  }
  const rate = PLACEMENTS / ((performance.now() - began) / 1_000);
  await runtime.fold.catchUp(CATCH_UP_MS);
  return rate;
}

async function commitAll({ journal, fold }: TestRuntime): Promise<void> {
  const ids = idsOf(INSTANCES, seededRandom(1));
  const events = [clusterCreated, definitionRegistered, ...ids.flatMap(instanceComes)];
  for (let at = 0; at < events.length; at += EVENTS_PER_BATCH) {
    const some = events.slice(at, at + EVENTS_PER_BATCH);
    const origin = { expectations: [], at: 0, actor: 'service:bench', cause: 'ground' };
    await journal.commit({ id: transactionId(uuidv7()), events: some, ...origin });
  }
  await fold.catchUp(CATCH_UP_MS);
}
