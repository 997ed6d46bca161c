import { Pool } from 'pg';
import { startTestGateway, type TestGateway } from '../../support/gateway';
import { busyHistory, CLUSTER, fill, taskOf } from '../busy-cluster';
import { median, percentile } from '../figures';
import { type Line, line, type Measure } from '../line';

const INSTANCES = 1_000;
const TASKS = Number(process.env['BENCH_TASKS'] ?? 100_000);
const REQUESTS = 300;
const IN_FLIGHT = 8;
const ROUNDS = 3;
const DESCRIBED = 10;
const PATIENCE_MS = 300_000;

interface Rate {
  readonly perSecond: number;
  readonly p99: number;
}

/** Describe and List over HTTP with 100,000 tasks, and how fast the projection got there. */
export const measureReads: Measure = async (say) => {
  const gateway = await startTestGateway({
    settings: { STOWAGE_READ_TIMEOUT_MS: String(PATIENCE_MS) },
  });
  const postgres = new Pool({ connectionString: gateway.databaseUrl, max: IN_FLIGHT });
  try {
    const end = await fill(gateway.runtime.journal, busyHistory({ instances: INSTANCES, tasks: TASKS, events: 0 }));
    const began = performance.now();
    const from = await position(postgres);
    await gateway.call('ListClusters', {});
    const projected = ((end - from) * 1_000) / (performance.now() - began);
    say(`${String(end)} events are in Postgres`);
    await gateway.call('CreateService', {
      cluster: CLUSTER,
      serviceName: 'service',
      taskDefinition: 'web',
      desiredCount: 0,
    });
    const lines: Line[] = [line({ name: 'projection, catching up', value: projected, unit: 'events/s' })];
    lines.push(...(await measured(gateway, postgres)));
    return lines;
  } finally {
    await postgres.end().catch(() => undefined);
    await gateway.close();
  }
};

async function measured(gateway: TestGateway, postgres: Pool): Promise<readonly Line[]> {
  const some = (): readonly string[] =>
    Array.from({ length: DESCRIBED }, () => taskOf(Math.floor(Math.random() * TASKS)));
  const asked = (operation: string, input: () => object) => async (): Promise<void> => {
    const { status, text } = await gateway.call(operation, { cluster: CLUSTER, ...input() });
    if (status !== 200) throw new Error(text);
  };
  const questions = {
    [`DescribeTasks of ${String(DESCRIBED)}`]: asked('DescribeTasks', () => ({ tasks: some() })),
    'ListTasks, a page of 100': asked('ListTasks', () => ({})),
    DescribeServices: asked('DescribeServices', () => ({ services: ['service'] })),
  };
  const bare = async (): Promise<void> => {
    await postgres.query('SELECT record FROM tasks WHERE id = ANY($1::text[])', [some()]);
  };
  const rates = new Map<string, Rate[]>([['bare', []]]);
  for (let round = 0; round < ROUNDS; round += 1) {
    rates.get('bare')?.push(await rateOf(bare));
    for (const [name, question] of Object.entries(questions)) {
      rates.set(name, [...(rates.get(name) ?? []), await rateOf(question)]);
    }
  }
  const of = (name: string, what: keyof Rate): number => median((rates.get(name) ?? []).map((rate) => rate[what]));
  return Object.keys(questions).flatMap((name) => [
    line({
      name: `${name}, ${String(TASKS)} tasks`,
      value: of(name, 'perSecond'),
      unit: '1/s',
      floor: of('bare', 'perSecond'),
    }),
    line({
      name: `${name}: p99, ${String(IN_FLIGHT)} in flight`,
      value: of(name, 'p99'),
      unit: 'ms',
      floor: of('bare', 'p99'),
    }),
  ]);
}

async function rateOf(ask: () => Promise<void>): Promise<Rate> {
  const took: number[] = [];
  let left = REQUESTS;
  const began = performance.now();
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      const asked = performance.now();
      await ask();
      took.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  return { perSecond: (REQUESTS * 1_000) / (performance.now() - began), p99: percentile(took, 0.99) };
}

async function position(postgres: Pool): Promise<number> {
  const { rows } = await postgres.query<{ readonly position: string }>('SELECT position FROM checkpoint');
  return Number(rows[0]?.position ?? 0);
}
