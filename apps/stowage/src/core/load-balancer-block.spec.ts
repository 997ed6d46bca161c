import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { loadBalancerBlock } from './load-balancer-block';

const port = fc.integer({ min: 1, max: 65_533 });

describe('the addresses of load balancers', () => {
  it('begin at 127.64.0.0 for the default port, and differ for another Stowage of the machine', () => {
    expect(loadBalancerBlock(5_100)).toBe('127.64.0.0/25');
    expect(loadBalancerBlock(5_103)).toBe('127.64.0.128/25');
    expect(loadBalancerBlock(5_106)).toBe('127.64.1.0/25');
  });

  test.prop([port, port])('never overlap with those of a Stowage on three different ports', (one, other) => {
    fc.pre(Math.abs(one - other) >= 3);
    expect(loadBalancerBlock(one)).not.toBe(loadBalancerBlock(other));
  });

  test.prop([port])('are in 127.64.0.0/10', (each) => {
    const [first, second = 0, ...rest] = loadBalancerBlock(each).split(/[./]/).map(Number);
    expect(first).toBe(127);
    expect(second).toBeGreaterThanOrEqual(64);
    expect(second).toBeLessThan(128);
    expect(rest.every((byte) => byte < 256)).toBe(true);
  });
});
