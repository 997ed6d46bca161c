import { clusterQuery, type DomainEvent, NO_RESOURCES, seededRandom } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { stateOf } from '../../../../libs/domain/src/testing/given';
import { CLUSTER, clusterCreated, connection, instance, registered } from '../testing/history';
import type { ClusterIndex } from './index/cluster-index';
import { PlacementIndex } from './index/placement-index';
import { place, type Plan } from './place';
import type { PlacementRequest } from './placement-request';

const request: PlacementRequest = {
  cluster: CLUSTER,
  count: 1,
  resources: { ...NO_RESOURCES, cpu: 512, memory: 256, gpus: 0 },
  requiredAttributes: [],
  launchType: 'EC2',
  group: 'family:app',
  memberOf: [],
  distinctInstance: false,
  strategy: [],
};

const indexOf = (events: readonly DomainEvent[]): ClusterIndex =>
  PlacementIndex.of(stateOf([clusterCreated, ...events])).cluster(CLUSTER);

/** `zones`: the zone of each instance, in their order. */
const inZones = (...zones: readonly string[]): ClusterIndex =>
  indexOf(
    zones.flatMap((value, at) => registered(instance(at), { attributes: [{ name: 'ecs.availability-zone', value }] })),
  );

const plain = (count: number): ClusterIndex => inZones(...Array.from({ length: count }, () => 'a'));

function planOf(index: ClusterIndex, asked: Partial<PlacementRequest> = {}, seed = 1): Plan {
  return place({ ...request, ...asked }, index, { random: seededRandom(seed) });
}

const chosen = (index: ClusterIndex, asked: Partial<PlacementRequest> = {}, seed = 1): readonly string[] =>
  planOf(index, asked, seed).chosen.map(({ instance: { id } }) => id);

const ZONE = { by: 'attribute', name: 'ecs.availability-zone' } as const;

describe('place', () => {
  it('gives the same plan for the same state, request and seed', () => {
    const index = plain(50);
    expect(chosen(index, { count: 10 }, 7)).toEqual(chosen(plain(50), { count: 10 }, 7));
    expect(chosen(index, { count: 10 }, 7)).not.toEqual(chosen(index, { count: 10 }, 8));
  });

  it.each([10, 40])('chooses each of %i fitting instances with the same probability', (count) => {
    const index = plain(count);
    const hits = new Map<string, number>();
    for (let seed = 0; seed < 500 * count; seed += 1) {
      for (const id of chosen(index, {}, seed)) hits.set(id, (hits.get(id) ?? 0) + 1);
    }
    // 500 each are expected; five standard deviations are 112.
    expect(hits.size).toBe(count);
    for (const hit of hits.values()) expect(Math.abs(hit - 500)).toBeLessThan(112);
  });

  it('prefers no instance among a few, because one request would pile up on it', () => {
    const few = { ...request, count: 10 };
    const index = plain(3);
    for (let seed = 0; seed < 50; seed += 1) {
      const { chosen: own } = place(few, index, { random: seededRandom(seed), share: { at: 1, of: 3 } });
      expect(new Set(own.map(({ instance: { id } }) => id)).size).toBeGreaterThan(1);
    }
  });

  it('prefers its own share among equals, and takes another instance before it refuses', () => {
    const index = plain(40);
    for (let seed = 0; seed < 50; seed += 1) {
      const { chosen: own } = place(request, index, { random: seededRandom(seed), share: { at: 1, of: 4 } });
      expect(Number.parseInt(own[0]?.instance.id.slice(-6) ?? '', 16) % 4).toBe(1);
    }
    const all = place({ ...request, count: 160 }, index, { random: seededRandom(1), share: { at: 1, of: 4 } });
    expect(all.chosen).toHaveLength(160);
  });

  it('counts what it has placed, and leaves the index unchanged', () => {
    // Each instance has room for four tasks.
    const index = plain(1);
    expect(new Set(chosen(index, { count: 4 }))).toEqual(new Set([instance(0)]));
    const plan = planOf(index, { count: 5 });
    expect(plan.chosen).toHaveLength(4);
    expect(plan.refusals).toMatchObject([
      { instance: instance(0), rule: 'resources', reason: 'RESOURCE:CPU', asked: 512, there: 0 },
    ]);
    expect(chosen(index, { count: 4 })).toHaveLength(4);
  });

  it('never assigns a host port twice on an instance', () => {
    const ports = { resources: { ...request.resources, ports: [80] }, count: 3 };
    expect([...chosen(plain(3), ports)].sort()).toEqual([0, 1, 2].map(instance));
    const reason = 'RESOURCE:PORTS';
    const what = { reason, asked: '80/tcp', there: 'taken: 80/tcp' };
    expect(planOf(plain(2), ports).refusals).toMatchObject([what, what]);
  });

  it('assigns each GPU of an instance once, by its id', () => {
    const index = indexOf([
      ...registered(instance(0)),
      ...registered(instance(1), { resources: { gpus: ['a', 'b', 'c', 'd'] } }),
      ...registered(instance(2), { resources: { gpus: ['a'] } }),
    ]);
    const two = { resources: { ...request.resources, gpus: 2 }, count: 3 };
    index.reservation().add(instance(1), { group: 'x', resources: { ...NO_RESOURCES, gpus: ['b'] } });
    const plan = planOf(index, two);
    expect(plan.chosen).toMatchObject([{ instance: { id: instance(1) }, resources: { gpus: ['a', 'c'] } }]);
    expect(plan.refusals).toMatchObject([
      { instance: instance(0), reason: 'RESOURCE:GPU', asked: 2, there: 0 },
      { instance: instance(1), reason: 'RESOURCE:GPU', asked: 2, there: 1 },
      { instance: instance(2), reason: 'RESOURCE:GPU', asked: 2, there: 1 },
    ]);
    const one = planOf(index, { resources: { ...request.resources, gpus: 1 }, count: 5 });
    const given = one.chosen.map(({ instance: { id }, resources }) => `${id.slice(-1)}${resources.gpus.join()}`);
    expect(given.sort()).toEqual(['1a', '1c', '1d', '2a']);
  });

  it('spreads over zones, then over instances', () => {
    const index = inZones('a', 'a', 'a', 'b');
    const strategy = [ZONE, { by: 'instance' } as const];
    const placed = chosen(index, { count: 4, strategy });
    expect(placed.filter((id) => id === instance(3))).toHaveLength(2);
    expect(new Set(placed).size).toBe(3);
  });

  it('counts only tasks of the group when it spreads', () => {
    const index = inZones('a', 'b');
    const held = index.reservation();
    held.add(instance(0), { group: 'family:other', resources: NO_RESOURCES });
    held.add(instance(1), { group: request.group, resources: NO_RESOURCES });
    for (let seed = 0; seed < 10; seed += 1) expect(chosen(index, { strategy: [ZONE] }, seed)).toEqual([instance(0)]);
  });

  it('packs onto the instance with the least left, and chains strategies', () => {
    const index = inZones('a', 'a', 'b', 'b');
    const held = index.reservation();
    held.add(instance(1), { group: 'x', resources: { ...NO_RESOURCES, memory: 1_000 } });
    held.add(instance(2), { group: 'x', resources: { ...NO_RESOURCES, memory: 500, cpu: 100 } });
    expect(chosen(index, { strategy: [{ by: 'memory' }] })).toEqual([instance(1)]);
    expect(chosen(index, { strategy: [{ by: 'cpu' }] })).toEqual([instance(2)]);
    const both = chosen(index, { count: 2, strategy: [ZONE, { by: 'memory' }] });
    expect([...both].sort()).toEqual([instance(1), instance(2)]);
  });

  it('gives every task of a group its own instance with distinctInstance', () => {
    const plan = planOf(plain(3), { count: 4, distinctInstance: true });
    expect(new Set(plan.chosen.map(({ instance: { id } }) => id)).size).toBe(3);
    expect(plan.refusals).toHaveLength(3);
    expect(plan.refusals[0]).toMatchObject({
      rule: 'distinct-instance',
      there: 1,
      curedBy: ['TaskStopped', 'TasksGivenUp'],
    });
  });

  it('chooses only instances that match the expression', () => {
    const index = inZones('a', 'b', 'b');
    const memberOf = [clusterQuery('attribute:ecs.availability-zone == b and not(task:group == x)')];
    index.reservation().add(instance(1), { group: 'x', resources: NO_RESOURCES });
    for (let seed = 0; seed < 10; seed += 1) expect(chosen(index, { memberOf }, seed)).toEqual([instance(2)]);
    const none = planOf(index, { memberOf: [clusterQuery('attribute:rack exists')] });
    expect(none.refusals).toHaveLength(3);
    expect(none.refusals[0]).toMatchObject({
      reason: 'MemberOf placement constraint unsatisfied.',
      asked: 'attribute:rack exists',
    });
  });

  it('follows instances that are added, changed, filled and removed', () => {
    const state = stateOf([clusterCreated, ...registered(instance(0))]);
    const index = PlacementIndex.of(state).cluster(CLUSTER);
    expect(chosen(index)).toEqual([instance(0)]);
    state.put('instance', { ...state.instances.get(instance(0))!, agentConnected: false });
    expect(planOf(index).refusals).toMatchObject([{ reason: 'AGENT', curedBy: ['InstanceConnectionChanged'] }]);
    const other = stateOf([clusterCreated, ...registered(instance(1)), connection(instance(1), true)]);
    state.put('instance', other.instances.get(instance(1))!);
    expect(chosen(index)).toEqual([instance(1)]);
    state.put('instance', { ...state.instances.get(instance(1))!, status: 'INACTIVE' });
    expect(planOf(index).refusals).toHaveLength(1);
  });
});
