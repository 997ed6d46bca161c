import { taskId } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { courseOf, nextOutage, randomOf } from './randomness';
import { FLEET_DEFAULTS } from './fleet-options';
import { fleetInstance } from './registration';

const task = (number: number) => taskId(String(number).padStart(32, '0'));
const many = Array.from({ length: 2_000 }, (_, number) => number);

describe('the randomness of a fleet', () => {
  it('depends on the seed and the task alone', () => {
    expect(courseOf(FLEET_DEFAULTS, task(1))).toEqual(courseOf(FLEET_DEFAULTS, task(1)));
    expect(courseOf(FLEET_DEFAULTS, task(1))).not.toEqual(courseOf({ ...FLEET_DEFAULTS, seed: 2 }, task(1)));
  });

  it('stays within the ranges and uses all of them', () => {
    const startMs = { from: 10, to: 12 };
    const starts = many.map((number) => courseOf({ ...FLEET_DEFAULTS, startMs }, task(number)).startMs);
    expect(new Set(starts)).toEqual(new Set([10, 11, 12]));
  });

  it('makes tasks fail at the wanted rate', () => {
    const failing = many.filter(
      (number) => courseOf({ ...FLEET_DEFAULTS, failRate: 0.25 }, task(number)).ending.kind !== 'runs',
    );
    expect(Math.abs(failing.length - 500)).toBeLessThan(100);
  });

  it('disconnects instances at the wanted rate', () => {
    const random = randomOf(1, 'outages');
    const options = { ...FLEET_DEFAULTS, disconnectRate: 2 };
    const distances = many.map(() => nextOutage(options, random)?.afterMs ?? 0);
    const meanMs = distances.reduce((sum, each) => sum + each, 0) / distances.length;
    expect(Math.abs(meanMs - 30_000)).toBeLessThan(3_000);
    expect(nextOutage(FLEET_DEFAULTS, random)).toBeUndefined();
  });

  it('gives every instance its own id, which is the same for the same seed', () => {
    const ids = many.map((number) => fleetInstance(FLEET_DEFAULTS, number));
    expect(new Set(ids).size).toBe(many.length);
    expect(ids.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
    expect(fleetInstance(FLEET_DEFAULTS, 5)).toBe(ids[5]);
    expect(fleetInstance({ ...FLEET_DEFAULTS, seed: 2 }, 5)).not.toBe(ids[5]);
  });
});
