import { describe, expect, it } from 'vitest';
import { afterDeath, NO_DEATHS } from './restart-delay';

const policy = { firstDelayMs: 100, delayMaxMs: 1_000, wellAfterMs: 30_000 };

describe('the wait before a dead process is started again', () => {
  it('doubles with each death in a row, up to a bound', () => {
    const delays: number[] = [];
    let deaths = NO_DEATHS;
    for (let death = 0; death < 6; death += 1) {
      deaths = afterDeath(deaths, 50, policy);
      delays.push(deaths.delayMs);
    }
    expect(delays).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    expect(deaths.count).toBe(6);
  });

  it('is short again once the process was well', () => {
    const often = { count: 9, delayMs: 1_000 };
    expect(afterDeath(often, policy.wellAfterMs, policy)).toEqual({ count: 1, delayMs: 100 });
    expect(afterDeath(often, policy.wellAfterMs - 1, policy)).toEqual({ count: 10, delayMs: 1_000 });
  });
});
