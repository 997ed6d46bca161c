import { attributesByName } from '../container-instance/records/attributes-by-name';
import type { ContainerInstance } from '../container-instance/records/container-instance';
import type * as Ecs from '../ecs/shapes';
import type { InstanceId } from '../ids';
import type { Task } from '../task/records/task';
import type { TaskCondition } from './records/limits';

/** A task of a service with its condition. */
export interface ConditionedTask {
  readonly task: Task;
  readonly condition: TaskCondition;
}

export interface ScaleInView {
  readonly strategy: readonly Ecs.PlacementStrategy[];
  readonly instance: (id: InstanceId) => ContainerInstance | undefined;
}

const CONDITIONS: readonly TaskCondition[] = ['unhealthy', 'pending', 'warming', 'healthy', 'stopping'];

/**
 * Returns the first `count` tasks in the order of scale-in (ecs-api 5.6.3). The least healthy tasks come first. Among
 * equal ones the strategies decide in their order, so that the remaining tasks stay spread or packed. The newest task
 * comes first if all else is equal.
 */
export function scaleInOrder<Each extends ConditionedTask>(
  tasks: readonly Each[],
  view: ScaleInView,
  count = tasks.length,
): readonly Each[] {
  if (count <= 0) return [];
  const levels = levelsOf(view);
  const crowds = levels.map((level) => ('spread' in level ? countBy(tasks, level.spread) : undefined));
  const left = [...tasks].sort(byAge);
  const order: Each[] = [];
  while (order.length < count && left.length > 0) {
    const next = left.reduce((least, each) => (compare(each, least, { levels, crowds }) < 0 ? each : least));
    left.splice(left.indexOf(next), 1);
    order.push(next);
    for (const [at, level] of levels.entries()) {
      if ('spread' in level) crowds[at]?.set(level.spread(next.task), crowdOf(crowds[at], level, next) - 1);
    }
  }
  return order;
}

/** One strategy: spread tasks over the values of a field, or empty instances of a resource. */
type Level = { readonly spread: (task: Task) => string } | { readonly packed: (task: Task) => number };

function levelsOf({ strategy, instance }: ScaleInView): readonly Level[] {
  const zone: Level = { spread: ({ availabilityZone }) => availabilityZone ?? '' };
  const host: Level = { spread: (task) => task.instance };
  // ECS spreads over zones, then over instances, if there are no strategies.
  if (strategy.length === 0) return [zone, host];
  const random = strategy.findIndex(({ type }) => type === 'random');
  const telling = random < 0 ? strategy : strategy.slice(0, random);
  return telling.map(({ type, field = '' }): Level => {
    if (type === 'binpack') return { packed: (task) => freeWithout(task, field, instance) };
    if (field === 'instanceId' || field === 'host') return host;
    const name = field.replace(/^attribute:/, '');
    if (name === 'ecs.availability-zone') return zone;
    return { spread: (task) => valueOn(instance(task.instance), name) };
  });
}

const valueOn = (instance: ContainerInstance | undefined, attribute: string): string =>
  (instance && attributesByName(instance).get(attribute)) ?? '';

/** Returns how much of the packed resource the task's instance has free without the task. */
function freeWithout(task: Task, field: string, instance: ScaleInView['instance']): number {
  const host = instance(task.instance);
  if (!host) return 0;
  const resource = field.toLowerCase() === 'cpu' ? 'cpu' : 'memory';
  return host.registered[resource] - host.used[resource] + task.resources[resource];
}

type Crowd = Map<string, number>;

function countBy(tasks: readonly ConditionedTask[], key: (task: Task) => string): Crowd {
  const counts: Crowd = new Map();
  for (const { task } of tasks) counts.set(key(task), (counts.get(key(task)) ?? 0) + 1);
  return counts;
}

const crowdOf = (
  crowd: Crowd | undefined,
  { spread }: Extract<Level, { spread: unknown }>,
  of: ConditionedTask,
): number => crowd?.get(spread(of.task)) ?? 0;

function compare(
  a: ConditionedTask,
  b: ConditionedTask,
  { levels, crowds }: { readonly levels: readonly Level[]; readonly crowds: readonly (Crowd | undefined)[] },
): number {
  const served = CONDITIONS.indexOf(a.condition) - CONDITIONS.indexOf(b.condition);
  if (served !== 0) return served;
  for (const [at, level] of levels.entries()) {
    const difference =
      'spread' in level
        ? crowdOf(crowds[at], level, b) - crowdOf(crowds[at], level, a)
        : level.packed(b.task) - level.packed(a.task);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Newest first. Ids order tasks of the same time, so that the order is deterministic. */
export function byAge(a: ConditionedTask, b: ConditionedTask): number {
  if (a.task.createdAt !== b.task.createdAt) return b.task.createdAt - a.task.createdAt;
  return a.task.id < b.task.id ? -1 : 1;
}
