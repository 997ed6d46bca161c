import { Pool } from 'pg';
import { startTestGateway, type TestGateway } from '../../support/gateway';
import { busyHistory, CLUSTER, fill, taskOf, tasksThatRun } from '../busy-cluster';
import { median, percentile } from '../figures';
import { type Line, line, type Measure, slope } from '../line';

const INSTANCES = 1_000;
const TASKS = Number(process.env['BENCH_TASKS'] ?? 100_000);
const REQUESTS = 300;
const IN_FLIGHT = 8;
const ROUNDS = 3;
const DESCRIBED = 10;
const BARE = 'the same rows by pg alone';
const PATIENCE_MS = 300_000;

interface Rate {
  readonly perSecond: number;
  readonly p99: number;
}

/** Describe and List over HTTP with a tenth of the tasks and with all of them, and their growth. */
export const measureReads: Measure = async (say) => {
  const gateway = await startTestGateway({
    settings: { STOWAGE_READ_TIMEOUT_MS: String(PATIENCE_MS) },
  });
  const postgres = new Pool({ connectionString: gateway.databaseUrl, max: IN_FLIGHT });
  const { journal } = gateway.runtime;
  try {
    const lines: Line[] = [];
    // Relative to pg alone, whose queries took turns with these: the sizes cannot take turns.
    const points = new Map<string, (readonly [size: number, share: number])[]>();
    for (const size of [TASKS / 10, TASKS]) {
      const isFirst = points.size === 0;
      const history = isFirst
        ? busyHistory({ instances: INSTANCES, tasks: size, events: 0 })
        : tasksThatRun({ instances: INSTANCES, from: TASKS / 10, to: size });
      const end = await fill(journal, history);
      await gateway.call('ListClusters', {});
      say(`${String(end)} events are in Postgres`);
      const service = { cluster: CLUSTER, serviceName: 'service', taskDefinition: 'web', desiredCount: 0 };
      if (isFirst) await gateway.call('CreateService', service);
      const rates = await measured({ gateway, postgres, size });
      if (size === TASKS) lines.push(...linesOf(rates));
      const bare = rates.get(BARE)?.perSecond ?? 1;
      for (const [name, { perSecond }] of rates)
        points.set(name, [...(points.get(name) ?? []), [size, perSecond / bare]]);
    }
    const growths = [...points].filter(([name]) => name !== BARE);
    for (const [name, values] of growths)
      lines.push(
        line({
          name: `growth of ${name} with tasks, against pg alone`,
          value: -slope(values),
          unit: 'exponent',
          atMost: 0.1,
        }),
      );
    return lines;
  } finally {
    await postgres.end().catch(() => undefined);
    await gateway.close();
  }
};

interface Ground {
  readonly gateway: TestGateway;
  readonly postgres: Pool;
  /** Number of running tasks. */
  readonly size: number;
}

/** Medians by query, including the query to `pg` alone. */
async function measured({ gateway, postgres, size }: Ground): Promise<ReadonlyMap<string, Rate>> {
  const some = (): readonly string[] =>
    Array.from({ length: DESCRIBED }, () => taskOf(Math.floor(Math.random() * size)));
  const asked = (operation: string, input: () => object) => async (): Promise<void> => {
    const { status, text } = await gateway.call(operation, { cluster: CLUSTER, ...input() });
    if (status !== 200) throw new Error(text);
  };
  const questions: Readonly<Record<string, () => Promise<void>>> = {
    [BARE]: async () => {
      await postgres.query('SELECT record FROM tasks WHERE id = ANY($1::text[])', [some()]);
    },
    [`DescribeTasks of ${String(DESCRIBED)}`]: asked('DescribeTasks', () => ({ tasks: some() })),
    'ListTasks, a page of 100': asked('ListTasks', () => ({})),
    DescribeServices: asked('DescribeServices', () => ({ services: ['service'] })),
  };
  const rates = Object.entries(questions).map(([name, ask]) => ({ name, ask, found: [] as Rate[] }));
  // The first round is a warm-up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const { ask, found } of rates) {
      const rate = await rateOf(ask);
      if (round > 0) found.push(rate);
    }
  }
  return new Map(
    rates.map(({ name, found }) => {
      const of = (what: keyof Rate): number => median(found.map((rate) => rate[what]));
      return [name, { perSecond: of('perSecond'), p99: of('p99') }];
    }),
  );
}

function linesOf(rates: ReadonlyMap<string, Rate>): readonly Line[] {
  const floor = rates.get(BARE) ?? { perSecond: 0, p99: 0 };
  return [...rates]
    .filter(([name]) => name !== BARE)
    .flatMap(([name, { perSecond, p99 }]) => [
      line({ name: `${name}, ${String(TASKS)} tasks`, value: perSecond, unit: '1/s', floor: floor.perSecond }),
      line({ name: `${name}: p99, ${String(IN_FLIGHT)} in flight`, value: p99, unit: 'ms', floor: floor.p99 }),
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
