import type { Random } from '@stowage/domain';
import type { Orderer } from './orderer';

/**
 * ECS's strategy `random`, and what RunTask does without one: any order, each as likely. Lazy: an instance is drawn when
 * it is asked for, so a cluster with room costs a few draws however large it is.
 */
export function randomOrderer(random: Random): Orderer {
  // Fisher and Yates from the front. It may go on from any permutation, so the next task starts from this one's.
  const order: number[] = [];
  return {
    name: 'random',
    *order(candidates) {
      for (let at = order.length; at < candidates.length; at += 1) order.push(at);
      for (let at = 0; at < candidates.length; at += 1) {
        const drawn = at + random.below(candidates.length - at);
        const index = order[drawn] ?? drawn;
        order[drawn] = order[at] ?? at;
        order[at] = index;
        yield index;
      }
    },
  };
}
