import type { ContainerInstance } from '@stowage/domain';
import { FILTERS } from './filters';
import type { ClusterIndex } from './index/cluster-index';
import { valueOf } from './index/group-counts';
import type { InstanceSlot } from './index/instance-slot';
import type { PlacementRequest, Unfit } from './placement-request';
import { changeFor } from './smallest-change';
import type { StrategyLevel } from './strategy';

/** What a strategy makes of an instance: the lower, the better. */
export interface Score {
  readonly strategy: string;
  readonly value: number;
}

/** One instance as a request sees it. */
export interface InstanceExplanation {
  readonly instance: ContainerInstance;
  /** One per strategy, in their order: the first that differs decides. */
  readonly scores: readonly Score[];
  /** Every rule that it breaks, in the order in which they are asked; none: it fits. The first is the one that is told. */
  readonly unfit: readonly Unfit[];
  /** How many rules it passes before the first that it breaks. */
  readonly passed: number;
  /** What would have to be different so that it fits, one for each broken rule. */
  readonly changes: readonly string[];
}

/**
 * Every registered instance: first those that fit, the best first; then the others, those that need fewest changes
 * first, and of these who came furthest through the rules; ids decide between equals.
 */
export function explainInstances(request: PlacementRequest, index: ClusterIndex): readonly InstanceExplanation[] {
  const all = index.all().map((slot) => explainInstance(request, slot, index));
  return all.sort((a, b) => a.unfit.length - b.unfit.length || b.passed - a.passed || byScores(a, b));
}

function explainInstance(request: PlacementRequest, slot: InstanceSlot, index: ClusterIndex): InstanceExplanation {
  const broken = FILTERS.filter((filter) => !filter.fits(request, slot));
  const unfit = broken.map((filter) => filter.explain(request, slot));
  const [first] = broken;
  return {
    instance: slot.instance,
    scores: request.strategy.map((level) => scoreOf(level, request, { slot, index })),
    unfit,
    passed: first ? FILTERS.indexOf(first) : FILTERS.length,
    changes: unfit.flatMap((each) => changeFor(each, request, slot)),
  };
}

function scoreOf(
  level: StrategyLevel,
  { group }: PlacementRequest,
  { slot, index }: { readonly slot: InstanceSlot; readonly index: ClusterIndex },
): Score {
  const tasks = index.group(group);
  switch (level.by) {
    case 'attribute': {
      const value = tasks.with(level.name).get(valueOf(slot, level.name)) ?? 0;
      return { strategy: `spread attribute:${level.name}`, value };
    }
    case 'instance':
      return { strategy: 'spread instanceId', value: tasks.on(slot.instance.id) };
    case 'cpu':
    case 'memory':
      return { strategy: `binpack ${level.by}`, value: slot.free(level.by) };
  }
}

function byScores(a: InstanceExplanation, b: InstanceExplanation): number {
  for (const [at, { value }] of a.scores.entries()) {
    const difference = value - (b.scores[at]?.value ?? value);
    if (difference !== 0) return difference;
  }
  return a.instance.id < b.instance.id ? -1 : 1;
}
