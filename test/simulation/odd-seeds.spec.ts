import { describe, expect, it, vi } from 'vitest';
import { runSeeds, summaryText } from './run-seeds';
import { World } from './world';

// The code under test gets its randomness from the seed too, so that one seed always gives the same history.
vi.mock('node:crypto', async (original) => {
  const { randomBytes, randomInt, randomUUID } = await import('./chance.js');
  return { ...(await original<object>()), randomBytes, randomInt, randomUUID };
});
vi.mock('uuidv7', () => import('./chance.js'));

const HOUR_MS = 3_600_000;

describe('a simulated control plane with faults', () => {
  it('keeps the invariants of docs/simulation.md', { timeout: HOUR_MS }, async () => {
    const summary = await runSeeds({ file: 1, files: 2 });
    process.stdout.write(summaryText(summary));
    expect(summary.failures.join('\n')).toBe('');
  });

  it('has the same events again with the same seed', async () => {
    for (const seed of [1, 2, 3]) {
      const [once, again] = [await new World(seed).run(), await new World(seed).run()];
      expect(again.journal()).toEqual(once.journal());
      expect(once.journal().length).toBeGreaterThan(10);
    }
  });
});
