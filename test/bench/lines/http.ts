import { setTimeout as delay } from 'node:timers/promises';
import { startTestGateway } from '../../support/gateway';
import { busyHistory, CLUSTER, fill } from '../busy-cluster';
import { percentile } from '../figures';
import { type Line, line, type Measure, slope } from '../line';

const SIZES = [100, 1_000, 10_000];
const PER_SECOND = 100;
const SECONDS = Number(process.env['BENCH_HTTP_SECONDS'] ?? 10);
const WARM_UP_SECONDS = 2;

/** RunTask over HTTP at a fixed rate, and how that grows with the cluster. */
export const measureHttp: Measure = async (say) => {
  const found = new Map<number, readonly [p50: number, p99: number]>();
  for (const size of SIZES) {
    const took = await atSize(size);
    found.set(size, [percentile(took, 0.5), percentile(took, 0.99)]);
    say(`${String(took.length)} tasks on ${String(size)} instances`);
  }
  const least = found.get(SIZES[0] ?? 0) ?? [0, 0];
  return (['p50', 'p99'] as const).flatMap((name, which): readonly Line[] => {
    const points = [...found].map(([size, values]) => [size, values[which] ?? 0] as const);
    return [
      ...points.map(([size, value]) =>
        line({
          name: `RunTask over HTTP at ${String(PER_SECOND)}/s, ${String(size)} instances: ${name}`,
          value,
          unit: 'ms',
          ...(size > (SIZES[0] ?? 0) && { floor: least[which] ?? 0 }),
          ...(size === SIZES.at(-1) && { ratioAtMost: 1.25 }),
        }),
      ),
      line({
        name: `RunTask over HTTP: ${name}, growth with instances`,
        value: slope(points),
        unit: 'exponent',
        atMost: 0.1,
      }),
    ];
  });
};

async function atSize(instances: number): Promise<readonly number[]> {
  const gateway = await startTestGateway();
  try {
    await fill(gateway.runtime.journal, busyHistory({ instances, tasks: 0, events: 0 }));
    await gateway.call('ListClusters', {});
    await atRate(WARM_UP_SECONDS);
    return await atRate(SECONDS);
  } finally {
    await gateway.close();
  }

  async function atRate(seconds: number): Promise<readonly number[]> {
    const took: number[] = [];
    const running: Promise<void>[] = [];
    const began = performance.now();
    for (let asked = 0; asked < PER_SECOND * seconds; asked += 1) {
      await delay(Math.max(0, began + (asked * 1_000) / PER_SECOND - performance.now()));
      running.push(runTask(took));
    }
    await Promise.all(running);
    return took;
  }

  async function runTask(took: number[]): Promise<void> {
    const began = performance.now();
    const { json } = await gateway.call('RunTask', { cluster: CLUSTER, taskDefinition: 'web' });
    if (!Array.isArray(json['tasks']) || json['tasks'].length !== 1)
      throw new Error(JSON.stringify(json).slice(0, 500));
    took.push(performance.now() - began);
  }
}
