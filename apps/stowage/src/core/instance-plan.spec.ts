import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { INSTANCES_MAX, planInstances } from './instance-plan';

const machine = { cores: 2, memoryMiB: 8_192 };

describe('sharing a machine among container instances', () => {
  it('gives a single one the whole machine and its usual address', () => {
    expect(planInstances(1, 'us-east-1', machine, '127.0.0.1')).toEqual([
      { name: 'instance-1', availabilityZone: 'us-east-1a', cpu: 2_048, memory: 7_680, bindAddress: '127.0.0.1' },
    ]);
  });

  it('spreads several over the zones in turn, each with an address of its own', () => {
    const plan = planInstances(4, 'eu-west-1', machine, '127.0.0.1');
    expect(plan.map(({ availabilityZone }) => availabilityZone.at(-1))).toEqual(['a', 'b', 'c', 'a']);
    expect(plan.map(({ bindAddress }) => bindAddress)).toEqual(['127.0.1.1', '127.0.1.2', '127.0.1.3', '127.0.1.4']);
    expect(plan.map(({ cpu }) => cpu)).toEqual([512, 512, 512, 512]);
  });

  test.prop([
    fc.integer({ min: 1, max: INSTANCES_MAX }),
    fc.integer({ min: 1, max: 256 }),
    fc.integer({ min: 256, max: 1_000_000 }),
  ])('never hands out more than there is, and no address twice', (count, cores, memoryMiB) => {
    const plan = planInstances(count, 'us-east-1', { cores, memoryMiB }, '127.0.0.1');
    expect(plan).toHaveLength(count);
    expect(plan.reduce((sum, { cpu }) => sum + cpu, 0)).toBeLessThanOrEqual(cores * 1_024);
    expect(plan.reduce((sum, { memory }) => sum + memory, 0)).toBeLessThan(memoryMiB);
    expect(new Set(plan.map(({ bindAddress }) => bindAddress)).size).toBe(count);
  });
});
