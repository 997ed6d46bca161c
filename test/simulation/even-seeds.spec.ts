import { describe, expect, it, vi } from 'vitest';
import { runSeeds, told } from './run-seeds';

// One seed is one history: chance in the code under test is drawn from it too.
vi.mock('node:crypto', async (original) => {
  const { randomBytes, randomInt, randomUUID } = await import('./chance.js');
  return { ...(await original<object>()), randomBytes, randomInt, randomUUID };
});
vi.mock('uuidv7', () => import('./chance.js'));

const HOUR_MS = 3_600_000;

describe('whatever happens to a control plane and its machines', () => {
  it('keeps the invariants of docs/simulation.md', { timeout: HOUR_MS }, async () => {
    const summary = await runSeeds({ file: 0, files: 2 });
    process.stdout.write(told(summary));
    expect(summary.failures.join('\n')).toBe('');
  });
});
