import { setTimeout as delay } from 'node:timers/promises';
import { clusterName } from '@stowage/domain';
import { startTestGateway, type TestGateway } from '../../support/gateway';
import { fill } from '../busy-cluster';
import { median, percentile } from '../figures';
import { type Line, line, type Measure, slope } from '../line';
import { definitionRegistered, groundOf } from '../placement-ground';

const SIZES = [100, 1_000, 10_000];
const PER_SECOND = 100;
const SECONDS = Number(process.env['BENCH_HTTP_SECONDS'] ?? 3);
const WARM_UP_SECONDS = 2;
const ROUNDS = 5;

const clusterOf = (size: number): ReturnType<typeof clusterName> => clusterName(`of-${String(size)}`);

/** RunTask over HTTP at a fixed rate, in the clusters of one deployment in turn, and its growth with the cluster. */
export const measureHttp: Measure = async (say) => {
  const found = SIZES.map((size) => ({ size, p50: [] as number[], p99: [] as number[] }));
  const gateway = await startTestGateway();
  try {
    const clusters = SIZES.flatMap((size) => groundOf(clusterOf(size), size));
    await fill(gateway.runtime.journal, [definitionRegistered, ...clusters]);
    await gateway.call('ListClusters', {});
    for (const size of SIZES) await atRate(gateway, size, WARM_UP_SECONDS);
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const { size, p50, p99 } of found) {
        const took = await atRate(gateway, size, SECONDS);
        p50.push(percentile(took, 0.5));
        p99.push(percentile(took, 0.99));
      }
    }
  } finally {
    await gateway.close();
  }
  say(`${String(ROUNDS * SECONDS * PER_SECOND)} tasks in each cluster`);
  return (['p50', 'p99'] as const).flatMap((which) =>
    linesOf(
      which,
      found.map(({ size, [which]: values }) => [size, median(values)] as const),
    ),
  );
};

function linesOf(which: string, points: readonly (readonly [size: number, ms: number])[]): readonly Line[] {
  const [least, most] = [points[0], points.at(-1)];
  return [
    ...points.map((point) => {
      const [size, value] = point;
      return line({
        name: `RunTask over HTTP at ${String(PER_SECOND)}/s, ${String(size)} instances: ${which}`,
        value,
        unit: 'ms',
        ...(point !== least && least && { floor: least[1] }),
        ...(point === most && { ratioAtMost: 1.25 }),
      });
    }),
    line({
      name: `growth of RunTask over HTTP with instances: ${which}`,
      value: slope(points),
      unit: 'exponent',
      atMost: 0.1,
    }),
  ];
}

async function atRate(gateway: TestGateway, size: number, seconds: number): Promise<readonly number[]> {
  const took: number[] = [];
  const running: Promise<void>[] = [];
  const began = performance.now();
  for (let asked = 0; asked < PER_SECOND * seconds; asked += 1) {
    await delay(Math.max(0, began + (asked * 1_000) / PER_SECOND - performance.now()));
    running.push(runTask(gateway, size, took));
  }
  await Promise.all(running);
  return took;
}

async function runTask(gateway: TestGateway, size: number, took: number[]): Promise<void> {
  const began = performance.now();
  const { json } = await gateway.call('RunTask', { cluster: clusterOf(size), taskDefinition: 'app' });
  if (!Array.isArray(json['tasks']) || json['tasks'].length !== 1) throw new Error(JSON.stringify(json).slice(0, 500));
  took.push(performance.now() - began);
}
