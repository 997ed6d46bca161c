import type { Ecs } from '@stowage/domain';

/** One strategy of a chain, ready to be compared by. */
export type StrategyLevel =
  /** Fewest tasks of the group over the instances that share a value of the attribute. */
  | { readonly by: 'attribute'; readonly name: string }
  /** Fewest tasks of the group on the instance. */
  | { readonly by: 'instance' }
  /** Least left of the resource. */
  | { readonly by: 'cpu' | 'memory' };

const SPREAD_ON_INSTANCES = ['instanceId', 'host'];

/**
 * The chain that strategies (checked before) come to: lexicographic, each one decides between what all before it find
 * equal. `random` finds everything equal and is followed by chance: what comes after it has no say.
 */
export function strategyLevels(strategies: readonly Ecs.PlacementStrategy[]): readonly StrategyLevel[] {
  const levels = new Map<string, StrategyLevel>();
  for (const { type, field = '' } of strategies) {
    if (type === 'random') break;
    const level = levelOf(type, field);
    const key = 'name' in level ? `attribute:${level.name}` : level.by;
    // A strategy that is there twice finds nothing new the second time.
    if (!levels.has(key)) levels.set(key, level);
  }
  return [...levels.values()];
}

function levelOf(type: Ecs.PlacementStrategy['type'], field: string): StrategyLevel {
  if (type === 'binpack') return { by: field.toLowerCase() === 'cpu' ? 'cpu' : 'memory' };
  if (SPREAD_ON_INSTANCES.includes(field)) return { by: 'instance' };
  return { by: 'attribute', name: field.replace(/^attribute:/, '') };
}

/** What ECS does for a service without strategies: over zones, then over instances (ecs-api 5.6.3). */
export const SERVICE_DEFAULT_STRATEGY: readonly StrategyLevel[] = [
  { by: 'attribute', name: 'ecs.availability-zone' },
  { by: 'instance' },
];
