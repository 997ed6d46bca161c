import { describe, expect, it } from 'vitest';
import { SingleFlight } from './single-flight';

describe('a single flight', () => {
  it('shares one call among callers that wait for it, and starts another for later callers', async () => {
    const results: ((result: number) => void)[] = [];
    const shared = new SingleFlight(() => new Promise<number>((resolve) => results.push(resolve)));
    const first = shared.run();
    const second = [shared.run(), shared.run()];
    expect(results).toHaveLength(1);
    results[0]?.(1);
    expect(await first).toBe(1);
    await Promise.resolve();
    expect(results).toHaveLength(2);
    const third = shared.run();
    results[1]?.(2);
    expect(await Promise.all(second)).toEqual([2, 2]);
    await Promise.resolve();
    results[2]?.(3);
    expect(await third).toBe(3);
  });

  it('calls again after a failure, which only the callers of that call receive', async () => {
    let calls = 0;
    const shared = new SingleFlight(() =>
      (calls += 1) === 1 ? Promise.reject(new Error('no')) : Promise.resolve(calls),
    );
    const [first, second] = await Promise.allSettled([shared.run(), shared.run()]);
    expect(first.status).toBe('rejected');
    expect(second).toEqual({ status: 'fulfilled', value: 2 });
    expect(await shared.run()).toBe(3);
  });
});
