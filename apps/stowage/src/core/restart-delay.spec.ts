import { describe, expect, it } from 'vitest';
import { afterExit, NO_RESTARTS } from './restart-delay';

const policy = { firstDelayMs: 100, delayMaxMs: 1_000, stableAfterMs: 30_000 };

describe('the delay before an exited process is restarted', () => {
  it('doubles with each consecutive exit, up to a limit', () => {
    const delays: number[] = [];
    let restarts = NO_RESTARTS;
    for (let death = 0; death < 6; death += 1) {
      restarts = afterExit(restarts, 50, policy);
      delays.push(restarts.delayMs);
    }
    expect(delays).toEqual([100, 200, 400, 800, 1_000, 1_000]);
    expect(restarts.count).toBe(6);
  });

  it('is short again after the process was stable', () => {
    const often = { count: 9, delayMs: 1_000 };
    expect(afterExit(often, policy.stableAfterMs, policy)).toEqual({ count: 1, delayMs: 100 });
    expect(afterExit(often, policy.stableAfterMs - 1, policy)).toEqual({ count: 10, delayMs: 1_000 });
  });
});
