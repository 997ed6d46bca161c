import { invariant, type Random } from '@stowage/domain';
import type { Orderer } from './orderer';

/**
 * ECS's strategy `random`, and what RunTask does without one: any order, each as likely. Lazy: an instance is drawn when
 * it is asked for, so a cluster with room costs a few draws however large it is.
 */
export function randomOrderer(random: Random): Orderer {
  return {
    name: 'random',
    // Fisher and Yates from the front, in place: it may start from any permutation, so the next task's starts from this.
    *order(instances) {
      for (let at = 0; at < instances.length; at += 1) {
        const drawn = at + random.below(instances.length - at);
        const [instance, other] = [instances[drawn], instances[at]];
        invariant(instance && other, 'A draw stays inside the array.');
        instances[drawn] = other;
        instances[at] = instance;
        yield instance;
      }
    },
  };
}
