import { randomInt, randomUUID } from 'node:crypto';
import { seededRandom, taskId } from '@stowage/domain';
import type { Situation } from '../core/placement-decision';
import type { TaskIds } from '../core/task-template';

const SEED_LIMIT = 2 ** 48 - 1;

/** The chance in a request, drawn once: when it is decided anew after a conflict, its tasks keep their ids. */
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
    // From the pool of randomness that Node keeps for UUIDs: asking the kernel for sixteen bytes at a time costs 12 µs.
    task: taskId(randomUUID().replaceAll('-', '')),
    container: (at) => (containers[at] ??= randomUUID()),
  };
}
