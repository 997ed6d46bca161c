import type { ContainerInstance, Ecs, InstanceId, Task } from '@stowage/domain';
import type { ServiceTask } from './situation';

interface ScaleInView {
  readonly strategy: readonly Ecs.PlacementStrategy[];
  readonly instance: (id: InstanceId) => ContainerInstance | undefined;
}

const CONDITIONS: readonly ServiceTask['condition'][] = ['unhealthy', 'pending', 'warming', 'healthy', 'stopping'];

/**
 * The first `count` tasks in the order in which they are stopped when there are too many (ecs-api 5.6.3): those that serve least first;
 * among equals so that what is left stays spread, or packed; the newest when nothing else tells.
 */
export function scaleInOrder(
  tasks: readonly ServiceTask[],
  view: ScaleInView,
  count = tasks.length,
): readonly ServiceTask[] {
  if (count <= 0) return [];
  const spread = spreadKeys(view);
  const counts = spread.map((key) => countBy(tasks, key));
  const left = [...tasks].sort(byAge);
  const order: ServiceTask[] = [];
  while (order.length < count && left.length > 0) {
    const next = left.reduce((least, each) => (compare(each, least, { spread, counts, view }) < 0 ? each : least));
    left.splice(left.indexOf(next), 1);
    order.push(next);
    for (const [at, key] of spread.entries()) {
      const value = key(next.task);
      counts[at]?.set(value, (counts[at].get(value) ?? 0) - 1);
    }
  }
  return order;
}

type Key = (task: Task) => string;

/** Without strategies ECS spreads over zones, then over instances. */
function spreadKeys({ strategy, instance }: ScaleInView): readonly Key[] {
  const zone: Key = ({ availabilityZone }) => availabilityZone ?? '';
  const host: Key = (task) => task.instance;
  if (strategy.length === 0) return [zone, host];
  return strategy
    .filter(({ type }) => type === 'spread')
    .map(({ field = 'instanceId' }): Key => {
      if (field === 'instanceId' || field === 'host') return host;
      const name = field.replace(/^attribute:/, '');
      if (name === 'ecs.availability-zone') return zone;
      return (task) => instance(task.instance)?.attributes.find((each) => each.name === name)?.value ?? '';
    });
}

function countBy(tasks: readonly ServiceTask[], key: Key): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { task } of tasks) counts.set(key(task), (counts.get(key(task)) ?? 0) + 1);
  return counts;
}

interface Ranking {
  readonly spread: readonly Key[];
  readonly counts: readonly ReadonlyMap<string, number>[];
  readonly view: ScaleInView;
}

function compare(a: ServiceTask, b: ServiceTask, { spread, counts, view }: Ranking): number {
  const served = CONDITIONS.indexOf(a.condition) - CONDITIONS.indexOf(b.condition);
  if (served !== 0) return served;
  for (const [at, key] of spread.entries()) {
    const crowd = (counts[at]?.get(key(b.task)) ?? 0) - (counts[at]?.get(key(a.task)) ?? 0);
    if (crowd !== 0) return crowd;
  }
  const packed = view.strategy.find(({ type }) => type === 'binpack');
  return packed ? freeAfter(b, packed, view) - freeAfter(a, packed, view) : 0;
}

/** What the task's instance has free of the packed resource without the task. */
function freeAfter({ task }: ServiceTask, { field }: Ecs.PlacementStrategy, { instance }: ScaleInView): number {
  const host = instance(task.instance);
  if (!host) return 0;
  const resource = field?.toLowerCase() === 'cpu' ? 'cpu' : 'memory';
  return host.registered[resource] - host.used[resource] + task.resources[resource];
}

/** Newest first; ids decide between those of one moment, so that the order is always the same. */
export function byAge(a: ServiceTask, b: ServiceTask): number {
  if (a.task.createdAt !== b.task.createdAt) return b.task.createdAt - a.task.createdAt;
  return a.task.id < b.task.id ? -1 : 1;
}
