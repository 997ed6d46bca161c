import { type InstanceId, instanceId } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { CLUSTER } from '../../testing/agent-history';
import { Losses, type LossVerdict, type Watched } from './losses';

const TERMS = { lossGraceMs: 100, massShare: 0.2 };
/** Times in the state are wall-clock times; the manager's clock is monotonic. */
const DAY = 1_700_000_000_000;
const named = (at: number): InstanceId => instanceId(String(at).padStart(32, '0'));

/** Returns a cluster of `size` instances; `away` has the times since when some of them are disconnected. */
function cluster(size: number, away: Readonly<Record<number, number>>): readonly Watched[] {
  const instances = Array.from({ length: size }, (_, at) => {
    const since = away[at];
    return { id: named(at), ...(since !== undefined && { awaySince: DAY + since }) };
  });
  return [{ cluster: CLUSTER, instances }];
}

const verdict = (due: readonly number[], doubted: readonly number[] = []): LossVerdict => ({
  due: due.map(named),
  doubted: doubted.map(named),
});

/** Returns the verdict of a manager that has run for the whole grace period. */
function judged(size: number, away: Readonly<Record<number, number>>): LossVerdict {
  const losses = new Losses(TERMS);
  losses.judge(cluster(size, away), 0);
  return losses.judge(cluster(size, away), 100);
}

describe('the loss of an instance', () => {
  it('is declared after the grace period, and not before', () => {
    const losses = new Losses(TERMS);
    const check = (now: number): LossVerdict => losses.judge(cluster(3, { 1: 0 }), now);
    expect(check(0)).toEqual(verdict([]));
    expect(check(99)).toEqual(verdict([]));
    expect(check(100)).toEqual(verdict([1]));
  });

  it('is not declared after a heartbeat, or after the state had the instance as connected', () => {
    const losses = new Losses(TERMS);
    losses.judge(cluster(3, { 1: 0, 2: 0 }), 0);
    losses.clear(named(1));
    losses.judge(cluster(3, { 1: 0 }), 50);
    expect(losses.judge(cluster(3, { 1: 0, 2: 60 }), 100)).toEqual(verdict([]));
    expect(losses.isDue(named(1), 149)).toBe(false);
    expect(losses.isDue(named(1), 150)).toBe(true);
  });

  it('is not declared by a manager that was stalled: all grace periods restart', () => {
    const losses = new Losses(TERMS);
    losses.judge(cluster(1, { 0: 0 }), 0);
    losses.restart();
    expect(losses.judge(cluster(1, { 0: 0 }), 100)).toEqual(verdict([]));
    expect(losses.judge(cluster(1, { 0: 0 }), 200)).toEqual(verdict([0]));
  });

  it.each([1, 2, 3, 4, 5, 9])('is possible for one instance in a cluster of %i', (size) => {
    expect(judged(size, { 0: 0 })).toEqual(verdict([0]));
  });

  it.each([
    [2, { 0: 0, 1: 0 }],
    [4, { 0: 0, 1: 99 }],
    [9, { 0: 0, 1: 0 }],
    [10, { 0: 0, 1: 30, 2: 60 }],
  ])('is doubted when more than a fifth of %i disconnected at once: %o', (size, away) => {
    expect(judged(size, away)).toEqual(verdict([], Object.keys(away).map(Number)));
  });

  it('is declared for a fifth at once', () => {
    expect(judged(10, { 0: 0, 1: 0 })).toEqual(verdict([0, 1]));
  });

  it('is declared when enough of the instances that disconnected with it are back', () => {
    const losses = new Losses(TERMS);
    losses.judge(cluster(10, { 0: 0, 1: 0, 2: 0 }), 0);
    losses.judge(cluster(10, { 0: 0, 1: 0, 2: 0 }), 100);
    expect(losses.judge(cluster(10, { 0: 0, 1: 0 }), 101)).toEqual(verdict([0, 1]));
  });

  it('is declared for one instance while others, which disconnected together long before, are doubted', () => {
    expect(judged(10, { 0: 0, 1: 0, 2: 0, 3: 1_000 })).toEqual(verdict([3], [0, 1, 2]));
  });
});
