import { describe, expect, it } from 'vitest';
import { Backoff, backoffMs } from './backoff';
import { sleep } from './sleep';
import { withTimeout } from './with-timeout';

const LONG_MS = 60_000;

describe('a backoff', () => {
  it('doubles the delay with each attempt, up to its bound', () => {
    const bounds = { minMs: 10, maxMs: 35 };
    expect([1, 2, 3, 4, 2_000].map((attempt) => backoffMs(attempt, bounds))).toEqual([10, 20, 35, 35, 35]);
  });

  it('starts again with the shortest delay after a success', async () => {
    const waited = async (backoff: Backoff): Promise<boolean> => {
      const end = new AbortController();
      let isOver = false;
      const failed = backoff.failed(end.signal).then(() => (isOver = true));
      // Timers fire in the order of their times, so the shortest delay has passed and the longest one has not.
      await sleep(20);
      const wasOver = isOver;
      end.abort();
      await failed;
      return !wasOver;
    };
    const backoff = new Backoff({ minMs: 1, maxMs: LONG_MS });
    for (let failure = 0; failure < 30; failure += 1) await backoff.failed(AbortSignal.abort());
    expect(await waited(backoff)).toBe(true);
    backoff.succeeded();
    expect(await waited(backoff)).toBe(false);
  });
});

describe('a sleep', () => {
  it('ends when its signal aborts, and leaves no listener behind', async () => {
    const end = new AbortController();
    const sleeping = sleep(LONG_MS, end.signal);
    end.abort();
    await sleeping;
    await sleep(LONG_MS, end.signal);
  });
});

describe('a timeout', () => {
  const late = (): Error => new Error('late');

  it('resolves with work that is in time', async () => {
    expect(await withTimeout(Promise.resolve('done'), LONG_MS, late)).toBe('done');
  });

  it('rejects with the given error after the time, and discards a late failure', async () => {
    const work = sleep(30).then(() => Promise.reject(new Error('too late to matter')));
    await expect(withTimeout(work, 5, late)).rejects.toThrow('late');
    await sleep(40); // The late failure happens meanwhile.
  });
});
