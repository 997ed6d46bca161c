import type { ContainerInstance } from '@stowage/domain';
import { FILTERS } from './filters';
import type { ClusterIndex } from './index/cluster-index';
import { valueOf } from './index/group-counts';
import type { InstanceSlot } from './index/instance-slot';
import type { PlacementRequest, Unfit } from './placement-request';
import { changeFor } from './smallest-change';
import type { StrategyLevel } from './strategy';

/** The rank of an instance by one strategy. Lower is better. */
export interface Score {
  readonly strategy: string;
  readonly value: number;
}

/** The evaluation of one instance for a request. */
export interface InstanceExplanation {
  readonly instance: ContainerInstance;
  /** One score per strategy, in their order. The first score that differs decides. */
  readonly scores: readonly Score[];
  /**
   * All rules that the instance breaks, in the order of the filters. Empty if it fits. Only the first one is reported
   * in `failures`.
   */
  readonly unfit: readonly Unfit[];
  /** Number of rules that the instance passes before the first broken one. */
  readonly passed: number;
  /** One change per broken rule that would make the instance pass that rule. */
  readonly changes: readonly string[];
}

/**
 * Explains every registered instance. Fitting instances come first, the best one at the top. The others follow by the
 * number of changes that they need, then by the number of rules that they pass. Equal instances are ordered by id.
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
