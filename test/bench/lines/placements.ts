import { type ClusterName, clusterName, type Ecs, seededRandom, transactionId } from '@stowage/domain';
import { type JetStreamJournal, subjectOfEvent } from '@stowage/journal';
import { uuidv7 } from 'uuidv7';
import type { PlacementCounters } from '../../../apps/scheduler/src/shell/placement-queues';
import { NatsServer } from '../../support/nats-server';
import { fill } from '../busy-cluster';
import { median } from '../figures';
import { type Line, line, type Measure, slope } from '../line';
import { BENCH_CLUSTER, definitionRegistered, groundOf, idsOf, taskPlaced } from '../placement-ground';
import { openJournal, type RawJournal, startRawJournal } from '../raw-journal';
import { ReplicaProcess } from '../replica-process';

const INSTANCES = 5_000;
const SMALL_INSTANCES = 1_000;
const SMALL_CLUSTER = clusterName('small');
const PLACEMENTS = 6_000;
/** Number of placements of each replica before the measurement. The first thousands take two to five times as long. */
const WARM_UP = 5_000;
const ROUNDS = 3;
const GROWTH_ROUNDS = 5;
const REPLICAS = [1, 2, 4];
/** Number of placements with one replica. Several replicas share it. */
const WAITING = 1_000;
const EVENTS_PER_BATCH = 250;

type Strategy = NonNullable<Ecs.RunTaskRequest['placementStrategy']>;
const STRATEGIES: Readonly<Record<string, Strategy>> = {
  spread: [{ type: 'spread', field: 'attribute:ecs.availability-zone' }],
  binpack: [{ type: 'binpack', field: 'memory' }],
  random: [],
};

interface Ground {
  readonly journal: JetStreamJournal;
  readonly raw: RawJournal;
  readonly replicas: readonly ReplicaProcess[];
}

/**
 * Committed placements with fsync on every write and with waiting requests: line 2 of the benchmark. Each replica is a
 * process, and all share one journal. The floor is batches of the same number of events from one writer without
 * decisions, into a journal without followers.
 */
export const measurePlacements: Measure = async (say) => {
  const nats = await NatsServer.start({ sync: 'always' });
  const raw = await startRawJournal();
  const { journal, close } = await openJournal(nats.url);
  const replicas: ReplicaProcess[] = [];
  try {
    await fill(journal, [
      definitionRegistered,
      ...groundOf(BENCH_CLUSTER, INSTANCES),
      ...groundOf(SMALL_CLUSTER, SMALL_INSTANCES),
    ]);
    const lines: Line[] = [];
    for (const count of REPLICAS) {
      while (replicas.length < count) replicas.push(await warm(await ReplicaProcess.start(nats.url)));
      const ground = { journal, raw, replicas };
      if (count === 1) lines.push(await growth(ground));
      for (const name of Object.keys(STRATEGIES)) {
        const measured = await ofStrategy(name, ground);
        say(measured.map(({ name: what, value }) => `${what}: ${value.toFixed(2)}`).join('; '));
        lines.push(...measured);
      }
    }
    return lines;
  } finally {
    await Promise.all(replicas.map((replica) => replica.end()));
    await close();
    await raw.stop();
    await nats.stop();
  }
};

async function warm(replica: ReplicaProcess): Promise<ReplicaProcess> {
  const asked = { cluster: BENCH_CLUSTER, strategy: STRATEGIES['spread'] ?? [] };
  await replica.carryOut({ do: 'place', tasks: WARM_UP, waiting: WAITING, ...asked });
  return replica;
}

async function ofStrategy(name: string, ground: Ground): Promise<readonly Line[]> {
  const { replicas, raw } = ground;
  const [rates, floors, before]: [number[], number[], PlacementCounters] = [[], [], counted(replicas)];
  let cpuSeconds = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    floors.push(await rawBatches(raw));
    const cpuBefore = cpuSecondsOf(replicas);
    rates.push(await placements(ground, { cluster: BENCH_CLUSTER, strategy: STRATEGIES[name] ?? [] }));
    cpuSeconds += cpuSecondsOf(replicas) - cpuBefore;
  }
  const after = counted(replicas);
  const since = (of: keyof PlacementCounters): number => after[of] - before[of];
  const of = `${name}, ${String(replicas.length)} replica(s)`;
  const aims = replicas.length === 1 ? { atLeast: 10_000, ratioAtLeast: 0.5 } : {};
  const aim = replicas.length === Math.max(...REPLICAS) && name !== 'binpack' ? { atMost: 0.05 } : {};
  const [batches, conflicts] = [Math.max(1, since('batches')), since('conflicts')];
  const refused = since('requestsRefused') / Math.max(1, conflicts);
  return [
    line({ name: `committed placements, ${of}`, value: median(rates), unit: '/s', floor: median(floors), ...aims }),
    line({ name: `processor time of each, ${of}`, value: (cpuSeconds * 1e6) / (ROUNDS * PLACEMENTS), unit: 'µs' }),
    line({ name: `conflict fraction of batches, ${of}`, value: conflicts / batches, unit: '', ...aim }),
    line({ name: `requests refused by one conflict, ${of}`, value: refused, unit: '' }),
  ];
}

/** Spread placements on the small cluster and on the large one, in turn. */
async function growth(ground: Ground): Promise<Line> {
  const [small, large]: [number[], number[]] = [[], []];
  const strategy = STRATEGIES['spread'] ?? [];
  for (let round = 0; round <= GROWTH_ROUNDS; round += 1) {
    const rates = [
      await placements(ground, { cluster: SMALL_CLUSTER, strategy }),
      await placements(ground, { cluster: BENCH_CLUSTER, strategy }),
    ] as const;
    // The first round is a warm-up.
    if (round === 0) continue;
    small.push(rates[0]);
    large.push(rates[1]);
  }
  const value = -slope([
    [SMALL_INSTANCES, median(small)],
    [INSTANCES, median(large)],
  ]);
  return line({ name: 'growth of a committed placement with instances', value, unit: 'exponent', atMost: 0.1 });
}

function counted(replicas: readonly ReplicaProcess[]): PlacementCounters {
  const sum = (of: keyof PlacementCounters): number => replicas.reduce((all, { counters }) => all + counters[of], 0);
  return {
    batches: sum('batches'),
    requests: sum('requests'),
    conflicts: sum('conflicts'),
    requestsRefused: sum('requestsRefused'),
  };
}

/** Processor time of all replicas: each of them folds the placements of the others. */
const cpuSecondsOf = (replicas: readonly ReplicaProcess[]): number =>
  replicas.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);

/** Placements per second, from the first order to the last answer. Each replica places its share. */
async function placements(
  { journal, replicas }: Ground,
  asked: { readonly cluster: ClusterName; readonly strategy: Strategy },
): Promise<number> {
  const upTo = await journal.lastSequence();
  await Promise.all(replicas.map((replica) => replica.carryOut({ do: 'fold', upTo })));
  const [tasks, waiting] = [PLACEMENTS / replicas.length, WAITING / replicas.length];
  const began = performance.now();
  await Promise.all(replicas.map((replica) => replica.carryOut({ do: 'place', tasks, waiting, ...asked })));
  return (PLACEMENTS * 1_000) / (performance.now() - began);
}

/** The floor: the same number of events of that size in batches, one after another, each on a new ledger. */
async function rawBatches({ journal }: RawJournal): Promise<number> {
  const random = seededRandom(Math.floor(performance.now()));
  const batches = Array.from({ length: PLACEMENTS / EVENTS_PER_BATCH }, () =>
    idsOf(EVENTS_PER_BATCH, random).map((id, at) => taskPlaced(at, id, 'raw')),
  );
  const began = performance.now();
  for (const events of batches) {
    const expectations = events.map((event) => ({ subject: subjectOfEvent(event), sequence: 0 }));
    const origin = { at: 0, actor: 'service:bench', cause: 'raw' };
    await journal.commit({ id: transactionId(uuidv7()), events, expectations, ...origin });
  }
  return (PLACEMENTS * 1_000) / (performance.now() - began);
}
