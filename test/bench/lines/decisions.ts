import { applyEvent, ClusterState, clusterQuery, invariant, seededRandom } from '@stowage/domain';
import { PlacementIndex } from '../../../apps/scheduler/src/core/index/placement-index';
import { place } from '../../../apps/scheduler/src/core/place';
import type { PlacementRequest } from '../../../apps/scheduler/src/core/placement-request';
import { median } from '../figures';
import { type Line, line, type Measure, slope } from '../line';
import { BENCH_CLUSTER, groundOf, taskPlaced } from '../placement-ground';

const SIZES = [1_000, 5_000, 10_000];
const TASKS_PER_INSTANCE = 10;
const TASKS_PER_GROUP = 100;
const DECISIONS = 20_000;
const ROUNDS = 5;
const MB = 1e6;
const MEMORY_MB_MAX = 400;

const base: PlacementRequest = {
  cluster: BENCH_CLUSTER,
  count: 1,
  resources: { cpu: 64, memory: 128, ports: [], portsUdp: [], gpus: 0 },
  requiredAttributes: [],
  launchType: 'EC2',
  group: '',
  memberOf: [],
  distinctInstance: false,
  strategy: [],
};
const packed = [{ by: 'attribute', name: 'ecs.availability-zone' } as const, { by: 'memory' } as const];

const KINDS: readonly { readonly name: string; readonly asked: Partial<PlacementRequest>; readonly atLeast: number }[] =
  [
    { name: 'no rule', asked: {}, atLeast: 100_000 },
    { name: 'spread by zone, then binpack memory', asked: { strategy: packed }, atLeast: 50_000 },
    {
      name: 'the same with memberOf and distinctInstance',
      asked: { strategy: packed, memberOf: [clusterQuery('attribute:type =~ "t[12]"')], distinctInstance: true },
      atLeast: 20_000,
    },
  ];

/**
 * Pure placement decisions: line 1 of the benchmark. The clusters have ten tasks per instance, in groups of a hundred.
 */
export const measureDecisions: Measure = (say) => {
  const lines: Line[] = [];
  const points = KINDS.map((): (readonly [number, number])[] => []);
  for (const size of SIZES) {
    const state = clusterOf(size);
    const index = PlacementIndex.of(state).cluster(BENCH_CLUSTER);
    const groups = (size * TASKS_PER_INSTANCE) / TASKS_PER_GROUP;
    const rates = KINDS.map((): number[] => []);
    // The kinds take turns, so that other load on the machine affects all of them.
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [at, { asked }] of KINDS.entries())
        rates[at]?.push(perSecond({ ...base, ...asked }, { index, groups }));
    }
    for (const [at, { name, atLeast }] of KINDS.entries()) {
      const value = median(rates[at] ?? []);
      points[at]?.push([size, value]);
      const aim = size === Math.max(...SIZES) ? { atLeast } : {};
      lines.push(line({ name: `decisions at ${String(size)} instances, ${name}`, value, unit: '/s', ...aim }));
      say(`${String(size)} instances, ${name}: ${value.toFixed(0)}/s`);
    }
    if (size === Math.max(...SIZES)) lines.push(memoryLine());
  }
  for (const [at, { name }] of KINDS.entries()) {
    lines.push(
      line({ name: `growth of a decision, ${name}`, value: -slope(points[at] ?? []), unit: 'exponent', atMost: 0.1 }),
    );
  }
  return Promise.resolve(lines);
};

function clusterOf(size: number): ClusterState {
  const state = new ClusterState();
  const random = seededRandom(size);
  for (const event of groundOf(BENCH_CLUSTER, size)) applyEvent(state, event, { at: 0 });
  const ids = [...state.instances.keys()];
  for (let task = 0; task < size * TASKS_PER_INSTANCE; task += 1) {
    const instance = ids[random.below(size)];
    invariant(instance, 'The random index is inside the array.');
    const group = `group-${String(task % ((size * TASKS_PER_INSTANCE) / TASKS_PER_GROUP))}`;
    applyEvent(state, taskPlaced(task, instance, group), { at: 0 });
  }
  return state;
}

/** Measures processor time, which other processes on the machine do not affect. */
function perSecond(
  request: PlacementRequest,
  { index, groups }: { readonly index: Parameters<typeof place>[1]; readonly groups: number },
): number {
  const began = process.cpuUsage();
  for (let seed = 0; seed < DECISIONS; seed += 1) {
    const asked = { ...request, group: `group-${String(seed % groups)}` };
    const { chosen } = place(asked, index, { random: seededRandom(seed) });
    invariant(chosen.length === 1, 'There is room.');
  }
  const { user, system } = process.cpuUsage(began);
  return DECISIONS / ((user + system) / 1e6);
}

function memoryLine(): Line {
  globalThis.gc?.();
  const value = process.memoryUsage().heapUsed / MB;
  return line({
    name: 'heap with 10,000 instances and 100,000 tasks indexed',
    value,
    unit: 'MB',
    atMost: MEMORY_MB_MAX,
  });
}
