import { type InstanceId, instanceId } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { CLUSTER } from '../../testing/agent-history';
import { Losses, type LossVerdict, type Watched } from './losses';

const TERMS = { lossGraceMs: 100, massShare: 0.2 };
/** The books tell the time of day, which is not the manager's clock. */
const DAY = 1_700_000_000_000;
const named = (at: number): InstanceId => instanceId(String(at).padStart(32, '0'));

/** A cluster of so many instances, of which some have been away since then. */
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

/** What a manager that has listened all the time says at last. */
function judged(size: number, away: Readonly<Record<number, number>>): LossVerdict {
  const losses = new Losses(TERMS);
  losses.judge(cluster(size, away), 0);
  return losses.judge(cluster(size, away), 100);
}

describe('a loss', () => {
  it('is declared when an instance has been away for the grace, and not before', () => {
    const losses = new Losses(TERMS);
    const look = (now: number): LossVerdict => losses.judge(cluster(3, { 1: 0 }), now);
    expect(look(0)).toEqual(verdict([]));
    expect(look(99)).toEqual(verdict([]));
    expect(look(100)).toEqual(verdict([1]));
  });

  it('is not declared of an instance that is heard, or that the books hold for connected, in between', () => {
    const losses = new Losses(TERMS);
    losses.judge(cluster(3, { 1: 0, 2: 0 }), 0);
    losses.heard(named(1));
    losses.judge(cluster(3, { 1: 0 }), 50);
    expect(losses.judge(cluster(3, { 1: 0, 2: 60 }), 100)).toEqual(verdict([]));
    expect(losses.isDue(named(1), 149)).toBe(false);
    expect(losses.isDue(named(1), 150)).toBe(true);
  });

  it('is not declared by a manager that was deaf itself: all graces begin anew', () => {
    const losses = new Losses(TERMS);
    losses.judge(cluster(1, { 0: 0 }), 0);
    losses.restart();
    expect(losses.judge(cluster(1, { 0: 0 }), 100)).toEqual(verdict([]));
    expect(losses.judge(cluster(1, { 0: 0 }), 200)).toEqual(verdict([0]));
  });

  it.each([1, 2, 3, 4, 5, 9])('of one instance is possible in a cluster of %i', (size) => {
    expect(judged(size, { 0: 0 })).toEqual(verdict([0]));
  });

  it.each([
    [2, { 0: 0, 1: 0 }],
    [4, { 0: 0, 1: 99 }],
    [9, { 0: 0, 1: 0 }],
    [10, { 0: 0, 1: 30, 2: 60 }],
  ])('is doubted when more than a fifth of %i vanished at once: %o', (size, away) => {
    expect(judged(size, away)).toEqual(verdict([], Object.keys(away).map(Number)));
  });

  it('of a fifth at once is believed', () => {
    expect(judged(10, { 0: 0, 1: 0 })).toEqual(verdict([0, 1]));
  });

  it('is doubted no more when enough of those that vanished with it are back', () => {
    const losses = new Losses(TERMS);
    losses.judge(cluster(10, { 0: 0, 1: 0, 2: 0 }), 0);
    losses.judge(cluster(10, { 0: 0, 1: 0, 2: 0 }), 100);
    expect(losses.judge(cluster(10, { 0: 0, 1: 0 }), 101)).toEqual(verdict([0, 1]));
  });

  it('of one instance is believed while others, that vanished together long before, are doubted', () => {
    expect(judged(10, { 0: 0, 1: 0, 2: 0, 3: 1_000 })).toEqual(verdict([3], [0, 1, 2]));
  });
});
