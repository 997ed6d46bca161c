import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { INSTANCES_MAX, planInstances } from './instance-plan';

const machine = {
  region: 'us-east-1',
  memoryMib: 8_192,
  gpuIds: ['gpu-a', 'gpu-b', 'gpu-c'],
  bindAddress: '127.0.0.1',
};

describe('sharing a machine among container instances', () => {
  it('gives a single instance the whole machine, except the reserved memory, and the usual address', () => {
    expect(planInstances(1, machine)).toEqual([
      {
        name: 'agent-1',
        availabilityZone: 'us-east-1a',
        share: 1,
        reservedMemoryMib: 512,
        gpuIds: ['gpu-a', 'gpu-b', 'gpu-c'],
        bindAddress: '127.0.0.1',
      },
    ]);
  });

  it('spreads several instances over the zones in turn, each with its own address', () => {
    const plan = planInstances(4, machine);
    expect(plan.map(({ availabilityZone }) => availabilityZone.at(-1))).toEqual(['a', 'b', 'c', 'a']);
    expect(plan.map(({ bindAddress }) => bindAddress)).toEqual(['127.0.1.1', '127.0.1.2', '127.0.1.3', '127.0.1.4']);
    expect(plan.map(({ reservedMemoryMib }) => reservedMemoryMib)).toEqual([128, 128, 128, 128]);
  });

  it('gives each GPU to one instance', () => {
    expect(planInstances(2, machine).map(({ gpuIds }) => gpuIds)).toEqual([['gpu-a', 'gpu-c'], ['gpu-b']]);
  });

  it('reserves at most a quarter of the memory of a small machine', () => {
    expect(planInstances(1, { ...machine, memoryMib: 1_000 })[0]?.reservedMemoryMib).toBe(250);
  });

  test.prop([fc.integer({ min: 1, max: INSTANCES_MAX }), fc.integer({ min: 256, max: 1_000_000 })])(
    'never assigns more than the machine has, and no address twice',
    (count, memoryMib) => {
      const plan = planInstances(count, { ...machine, memoryMib });
      expect(plan).toHaveLength(count);
      expect(plan.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
      expect(plan.reduce((sum, { reservedMemoryMib }) => sum + reservedMemoryMib, 0)).toBeLessThanOrEqual(512);
      expect(new Set(plan.map(({ bindAddress }) => bindAddress)).size).toBe(count);
    },
  );
});
