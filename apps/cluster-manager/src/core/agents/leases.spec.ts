import { type InstanceId, instanceId } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { CLUSTER } from '../../testing/agent-history';
import { Leases, type LeaseTerms } from './leases';

const TERMS: LeaseTerms = { leaseMs: 30, massShare: 0.2, massMinimum: 2, massDoubtMs: 90 };
const named = (count: number): readonly InstanceId[] =>
  Array.from({ length: count }, (_, at) => instanceId(String(at).padStart(32, '0')));

/** Leases of instances that were all added at time 0. */
function leasesOf(instances: readonly InstanceId[]): {
  readonly leases: Leases;
  readonly at: (now: number) => readonly InstanceId[];
} {
  const leases = new Leases(TERMS, 0);
  const at = (now: number): readonly InstanceId[] => leases.expired([{ cluster: CLUSTER, instances }], now);
  at(0);
  return { leases, at };
}

describe('leases', () => {
  it('expire without a heartbeat for their duration', () => {
    const [quiet, loud] = named(2) as [InstanceId, InstanceId];
    const { leases, at } = leasesOf([quiet, loud]);
    leases.renew(loud, 20);
    expect(at(29)).toEqual([]);
    expect(at(30)).toEqual([quiet]);
  });

  it('start when the state has an instance as connected, with or without a heartbeat to this manager', () => {
    const [instance] = named(1) as [InstanceId];
    const leases = new Leases(TERMS, 0);
    const at = (now: number): readonly InstanceId[] =>
      leases.expired([{ cluster: CLUSTER, instances: [instance] }], now);
    expect(at(1_000)).toEqual([]);
    expect(at(1_030)).toEqual([instance]);
  });

  it('keep the heartbeat of an instance that is not connected yet', () => {
    const [instance] = named(1) as [InstanceId];
    const { leases } = leasesOf([]);
    leases.renew(instance, 100);
    leases.expired([], 110);
    expect(leases.expired([{ cluster: CLUSTER, instances: [instance] }], 129)).toEqual([]);
    expect(leases.expired([{ cluster: CLUSTER, instances: [instance] }], 130)).toEqual([instance]);
  });

  it('restart when the manager was stalled', () => {
    const { leases, at } = leasesOf(named(1));
    leases.restart(25);
    expect(at(54)).toEqual([]);
    expect(at(55)).toEqual(named(1));
  });

  it('do not expire while too many instances are silent, until the doubt has lasted long enough; then they expire in groups', () => {
    const instances = named(100);
    const { leases, at } = leasesOf(instances);
    for (const loud of instances.slice(0, 70)) leases.renew(loud, 1_000);
    expect(at(1_000)).toEqual([]);
    for (const loud of instances.slice(0, 70)) leases.renew(loud, 1_080);
    expect(at(1_089)).toEqual([]);
    const slice = at(1_090);
    expect(slice).toHaveLength(20);
    // The remaining instances are too few for a mass silence.
    const rest = leases.expired(
      [{ cluster: CLUSTER, instances: instances.filter((each) => !slice.includes(each)) }],
      1_091,
    );
    expect(rest).toHaveLength(10);
  });

  it('expire at once in a small cluster', () => {
    expect(leasesOf(named(2)).at(30)).toHaveLength(2);
    expect(leasesOf(named(3)).at(30)).toHaveLength(0);
  });
});
