import { NO_RESOURCES, seededRandom } from '@stowage/domain';
import { describe, expect, it } from 'vitest';
import { stateOf } from '../../../../libs/domain/src/testing/given';
import { CLUSTER, clusterCreated, instance, registered } from '../testing/history';
import { place, type PlacementView } from './place';
import type { PlacementRequest } from './placement-request';

const request: PlacementRequest = {
  cluster: CLUSTER,
  count: 1,
  resources: { ...NO_RESOURCES, cpu: 512, memory: 256 },
  requiredAttributes: [],
  launchType: 'EC2',
};

function viewOf(count: number, busy: readonly number[] = []): PlacementView {
  const events = Array.from({ length: count }, (_, at) => registered(instance(at)));
  return { state: stateOf([clusterCreated, ...events.flat()]), busy: new Set(busy.map(instance)) };
}

function chosen(view: PlacementView, seed: number, asked: Partial<PlacementRequest> = {}): readonly string[] {
  const plan = place({ ...request, ...asked }, view, seededRandom(seed));
  if (plan.kind === 'wait') throw new Error('It waits.');
  return plan.chosen.map(({ id }) => id);
}

describe('place', () => {
  it('gives the same plan for the same view, request and seed', () => {
    const view = viewOf(50);
    expect(chosen(view, 7, { count: 10 })).toEqual(chosen(view, 7, { count: 10 }));
    expect(chosen(view, 7, { count: 10 })).not.toEqual(chosen(view, 8, { count: 10 }));
  });

  it('chooses each instance that fits equally often', () => {
    const view = viewOf(10);
    const hits = new Map<string, number>();
    for (let seed = 0; seed < 5_000; seed += 1) {
      for (const id of chosen(view, seed)) hits.set(id, (hits.get(id) ?? 0) + 1);
    }
    // 500 each; five standard deviations are 106.
    expect(hits.size).toBe(10);
    for (const count of hits.values()) expect(Math.abs(count - 500)).toBeLessThan(106);
  });

  it('counts what it has already placed', () => {
    // Each instance has room for four.
    expect(new Set(chosen(viewOf(1), 1, { count: 4 }))).toEqual(new Set([instance(0)]));
    const plan = place({ ...request, count: 5 }, viewOf(1), seededRandom(1));
    expect(plan).toMatchObject({ kind: 'decided', refusals: [{ instance: instance(0), reason: 'RESOURCE:CPU' }] });
    expect(plan.kind === 'decided' && plan.chosen).toHaveLength(4);
  });

  it('never puts one host port twice on an instance', () => {
    const ports = { resources: { ...request.resources, ports: [80] }, count: 3 };
    expect([...chosen(viewOf(3), 3, ports)].sort()).toEqual([0, 1, 2].map(instance));
    const plan = place({ ...request, ...ports }, viewOf(2), seededRandom(3));
    expect(plan).toMatchObject({
      kind: 'decided',
      refusals: [{ reason: 'RESOURCE:PORTS' }, { reason: 'RESOURCE:PORTS' }],
    });
  });

  it('avoids busy instances, and waits for them when nothing else has room', () => {
    for (let seed = 0; seed < 20; seed += 1) expect(chosen(viewOf(2, [0]), seed)).toEqual([instance(1)]);
    expect(place(request, viewOf(2, [0, 1]), seededRandom(1))).toEqual({ kind: 'wait' });
  });

  it('does not wait for a busy instance that could not take the task anyway', () => {
    const large = { ...request, resources: { ...request.resources, memory: 5000 } };
    expect(place(large, viewOf(2, [0]), seededRandom(1))).toMatchObject({
      kind: 'decided',
      chosen: [],
      refusals: [{ reason: 'RESOURCE:MEMORY' }, { reason: 'RESOURCE:MEMORY' }],
    });
  });
});
