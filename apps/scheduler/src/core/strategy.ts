import type { Ecs } from '@stowage/domain';

/** One level of a chain of strategies, by which instances are compared. */
export type StrategyLevel =
  /** Fewest tasks of the group over all instances with the same value of the attribute. */
  | { readonly by: 'attribute'; readonly name: string }
  /** Fewest tasks of the group on the instance. */
  | { readonly by: 'instance' }
  /** Least left of the resource. */
  | { readonly by: 'cpu' | 'memory' };

const SPREAD_ON_INSTANCES = ['instanceId', 'host'];

/**
 * Converts validated strategies to levels. Comparison is lexicographic: each level decides between instances that all
 * earlier levels rank equal. `random` ends the chain, because it ranks all instances equal and leaves the choice to
 * chance.
 */
export function strategyLevels(strategies: readonly Ecs.PlacementStrategy[]): readonly StrategyLevel[] {
  const levels = new Map<string, StrategyLevel>();
  for (const { type, field = '' } of strategies) {
    if (type === 'random') break;
    const level = levelOf(type, field);
    const key = 'name' in level ? `attribute:${level.name}` : level.by;
    // A repeated strategy cannot separate what the first one ranked equal.
    if (!levels.has(key)) levels.set(key, level);
  }
  return [...levels.values()];
}

function levelOf(type: Ecs.PlacementStrategy['type'], field: string): StrategyLevel {
  if (type === 'binpack') return { by: field.toLowerCase() === 'cpu' ? 'cpu' : 'memory' };
  if (SPREAD_ON_INSTANCES.includes(field)) return { by: 'instance' };
  return { by: 'attribute', name: field.replace(/^attribute:/, '') };
}

/** ECS's default for a service without strategies: spread over zones, then over instances (ecs-api 5.6.3). */
export const SERVICE_DEFAULT_STRATEGY: readonly StrategyLevel[] = [
  { by: 'attribute', name: 'ecs.availability-zone' },
  { by: 'instance' },
];
