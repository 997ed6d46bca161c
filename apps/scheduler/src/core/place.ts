import type { Random } from '@stowage/domain';
import { choose } from './choose';
import { whyNot } from './filters';
import type { ClusterIndex } from './index/cluster-index';
import { type Share, WHOLE } from './pick';
import type { Choice, InstanceRefusal, PlacementRequest } from './placement-request';

/** What came of a request: where its tasks go and, when not all found a place, why each instance can't take one more. */
export interface Plan {
  /** One per placed task, at most as many as asked for. */
  readonly chosen: readonly Choice[];
  /** One per ACTIVE instance; none when all tasks found a place. */
  readonly refusals: readonly InstanceRefusal[];
}

const SALTS = 2 ** 32;

/**
 * Chooses an instance for each task, one after the other. The same state, request, seed and share give the same plan; the
 * index is afterwards as it was before.
 */
export function place(
  request: PlacementRequest,
  index: ClusterIndex,
  chance: { readonly random: Random; readonly share?: Share },
): Plan {
  const { random, share = WHOLE } = chance;
  const chosen: Choice[] = [];
  // What was chosen counts for what comes next; the last one has nothing after it.
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

/** Why no instance takes one more: those that are not ACTIVE take no part. */
function refusalsOf(request: PlacementRequest, index: ClusterIndex): readonly InstanceRefusal[] {
  return index.all().flatMap((slot) => {
    const unfit = slot.instance.status === 'ACTIVE' ? whyNot(request, slot) : undefined;
    return unfit ? [{ instance: slot.instance.id, ...unfit }] : [];
  });
}
