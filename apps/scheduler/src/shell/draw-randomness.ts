import { randomInt, randomUUID } from 'node:crypto';
import { seededRandom, taskId } from '@stowage/domain';
import type { Situation } from '../core/placement-decision';
import type { TaskIds } from '../core/task-template';

const SEED_LIMIT = 2 ** 48 - 1;

/** Draws the randomness of a request once. A decision that is repeated after a conflict keeps its task ids. */
export function drawRandomness(count: number): {
  readonly seed: number;
  readonly chance: () => Pick<Situation, 'random' | 'ids'>;
} {
  const seed = randomInt(SEED_LIMIT);
  const ids = Array.from({ length: count }, newTaskIds);
  return { seed, chance: () => ({ random: seededRandom(seed), ids }) };
}

function newTaskIds(): TaskIds {
  const containers: string[] = [];
  return {
    // Node keeps a pool of randomness for UUIDs. Reading sixteen bytes at a time from the kernel costs 12 µs.
    task: taskId(randomUUID().replaceAll('-', '')),
    container: (at) => (containers[at] ??= randomUUID()),
  };
}
