import type { Random } from '@stowage/domain';
import { choose } from './choose';
import { whyNot } from './filters';
import type { ClusterIndex } from './index/cluster-index';
import { type Share, WHOLE } from './pick';
import type { Choice, InstanceRefusal, PlacementRequest } from './placement-request';

/**
 * The plan for a request: where its tasks go and, if some were not placed, why each instance cannot accept one more.
 */
export interface Plan {
  /** One choice per placed task, at most as many as requested. */
  readonly chosen: readonly Choice[];
  /** One refusal per ACTIVE instance; empty if all tasks were placed. */
  readonly refusals: readonly InstanceRefusal[];
}

const SALTS = 2 ** 32;

/**
 * Chooses an instance for each task, one after the other. The same state, request, seed and share give the same plan.
 * The index is unchanged afterwards.
 */
export function place(
  request: PlacementRequest,
  index: ClusterIndex,
  chance: { readonly random: Random; readonly share?: Share },
): Plan {
  const { random, share = WHOLE } = chance;
  const chosen: Choice[] = [];
  // A choice counts for the next ones; nothing follows the last one.
  const taken = index.reservation();
  try {
    while (chosen.length < request.count) {
      const slot = choose(request, index, { salt: random.below(SALTS), share });
      if (!slot) return { chosen, refusals: refusalsOf(request, index) };
      const choice = slot.chosenFor(request);
      chosen.push(choice);
      if (chosen.length < request.count) taken.add(choice.instance.id, choice);
    }
    return { chosen, refusals: [] };
  } finally {
    taken.release();
  }
}

/** Returns why no instance accepts one more task. Instances that are not ACTIVE are left out. */
function refusalsOf(request: PlacementRequest, index: ClusterIndex): readonly InstanceRefusal[] {
  return index.all().flatMap((slot) => {
    const unfit = slot.instance.status === 'ACTIVE' ? whyNot(request, slot) : undefined;
    return unfit ? [{ instance: slot.instance.id, ...unfit }] : [];
  });
}
