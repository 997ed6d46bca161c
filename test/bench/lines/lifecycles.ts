import { type DomainEvent, type Ecs, taskId, transactionId } from '@stowage/domain';
import type { CommittedTransaction } from '@stowage/journal';
import type { OperationRequest, OwnerName } from '@stowage/runtime';
import { uuidv7 } from 'uuidv7';
import { median, percentile } from '../figures';
import { type LifeGround, startLifeGround } from '../life-ground';
import { type Line, line, type Measure } from '../line';
import { BENCH_CLUSTER } from '../placement-ground';
import { type RawJournal, startRawJournal } from '../raw-journal';

const LIVES = 600;
const WAITING = 256;
const LIVES_ALONE = 100;
const ROUNDS = 3;
/** A higher concurrency does not make the server faster. */
const RAW_IN_FLIGHT = 64;
const EVENTS_PER_BATCH = 250;
const ANSWER_MS = 30_000;

type Events = readonly DomainEvent[];

/**
 * Complete lifecycles of tasks on simulated agents: requested, placed, pulled by the agent, RUNNING, stop requested,
 * STOPPED. This is line 3 of the benchmark. Its floor is the same transactions, published again into a journal without
 * followers.
 */
export const measureLifecycles: Measure = async (say) => {
  const raw = await startRawJournal();
  const ground = await startLifeGround();
  try {
    say('the fleet is connected');
    await lives(ground, WAITING, WAITING);
    const lines = [...(await manyWaiting(ground, raw)), ...(await alone(ground, raw))];
    for (const { name, value, unit } of lines) say(`${name}: ${value.toFixed(2)} ${unit}`);
    return lines;
  } finally {
    await ground.stop();
    await raw.stop();
  }
};

async function manyWaiting(ground: LifeGround, raw: RawJournal): Promise<readonly Line[]> {
  const [rates, floors, together, written]: [number[], number[], number[], Events[]] = [[], [], [], []];
  const spent = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    ground.watch.transactions.length = 0;
    const before = ground.cpuSeconds();
    const took = await lives(ground, LIVES, WAITING);
    for (const [name, now] of Object.entries(ground.cpuSeconds()))
      spent.set(name, (spent.get(name) ?? 0) + now - (before[name] ?? 0));
    const writes = ground.watch.transactions.splice(0).map(eventsOf);
    rates.push((LIVES * 1_000) / took);
    floors.push((LIVES * 1_000) / (await published(raw, writes, RAW_IN_FLIGHT)));
    together.push((LIVES * 1_000) / (await published(raw, inBatches(writes.flat()), 1)));
    written.push(...writes);
  }
  const perLife = (of: number): number => of / (ROUNDS * LIVES);
  return [
    line({ name: 'life cycles of tasks, many waiting', value: median(rates), unit: '/s', floor: median(floors) }),
    line({ name: 'their events alone, in batches', value: median(together), unit: '/s' }),
    line({ name: 'events of a life cycle', value: perLife(written.flat().length), unit: '' }),
    line({ name: 'writes of a life cycle, many waiting', value: perLife(written.length), unit: '' }),
    ...[...spent].map(([name, seconds]) =>
      line({ name: `processor time of a life cycle: ${name}`, value: perLife(seconds * 1e6), unit: 'µs' }),
    ),
  ];
}

/** Runs lifecycles one after another, and then their writes, one after another. */
async function alone(ground: LifeGround, raw: RawJournal): Promise<readonly Line[]> {
  const [took, floor]: [number[], number[]] = [[], []];
  for (let life = 0; life < LIVES_ALONE; life += 1) {
    ground.watch.transactions.length = 0;
    took.push(await lives(ground, 1, 1));
    floor.push(await published(raw, ground.watch.transactions.splice(0).map(eventsOf), 1));
  }
  return [0.5, 0.99].map((share) =>
    line({
      name: `a life cycle, nothing waiting: p${String(share * 100)}`,
      value: percentile(took, share),
      unit: 'ms',
      floor: percentile(floor, share),
    }),
  );
}

/** Resolves with the milliseconds of `count` lifecycles, `waiting` of them at the same time. */
async function lives(ground: LifeGround, count: number, waiting: number): Promise<number> {
  let left = count;
  const began = performance.now();
  const work = async (): Promise<void> => {
    while (left-- > 0) await life(ground);
  };
  await Promise.all(Array.from({ length: waiting }, work));
  return performance.now() - began;
}

async function life({ owners, watch }: LifeGround): Promise<void> {
  const ask = async <Output>(owner: OwnerName, request: Pick<OperationRequest, 'operation' | 'input' | 'atLeast'>) => {
    const caller = { principal: 'arn:aws:iam::123456789012:root', requestId: uuidv7() };
    const reply = await owners.requestOperation<Output>(
      owner,
      { ...request, caller, receivedAt: Date.now() },
      ANSWER_MS,
    );
    if (!reply.ok) throw new Error(JSON.stringify(reply.refusal));
    return reply.output;
  };
  const run: Ecs.RunTaskRequest = { cluster: BENCH_CLUSTER, taskDefinition: 'app' };
  const { tasks } = await ask<Ecs.RunTaskResponse>('scheduler', { operation: 'RunTask', input: run, atLeast: 0 });
  const id = tasks?.[0]?.taskArn?.split('/').at(-1);
  if (id === undefined) throw new Error('A task was not placed.');
  const atLeast = await watch.until(taskId(id), 'RUNNING');
  const stop: Ecs.StopTaskRequest = { cluster: BENCH_CLUSTER, task: id };
  await ask('cluster-manager', { operation: 'StopTask', input: stop, atLeast });
  await watch.until(taskId(id), 'STOPPED');
}

/** Resolves with the duration in milliseconds. */
async function published({ journal }: RawJournal, writes: readonly Events[], inFlight: number): Promise<number> {
  const waiting = writes.values();
  const began = performance.now();
  const work = async (): Promise<void> => {
    for (const events of waiting) {
      const origin = { expectations: [], at: 0, actor: 'service:bench', cause: 'raw' };
      await journal.commit({ id: transactionId(uuidv7()), events, ...origin });
    }
  };
  await Promise.all(Array.from({ length: inFlight }, work));
  return performance.now() - began;
}

const eventsOf = ({ events }: CommittedTransaction): Events => events.map(({ event }) => event);

function inBatches(events: Events): readonly Events[] {
  const count = Math.ceil(events.length / EVENTS_PER_BATCH);
  return Array.from({ length: count }, (_, at) => events.slice(at * EVENTS_PER_BATCH, (at + 1) * EVENTS_PER_BATCH));
}
