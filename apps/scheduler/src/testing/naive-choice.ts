import { invariant, type ReadonlyClusterState, type Task } from '@stowage/domain';
import { type Chance, neededOf } from '../core/choose';
import { whyNot } from '../core/filters';
import { attributesOf, keysOf } from '../core/index/candidate-pool';
import { InstanceSlot } from '../core/index/instance-slot';
import { valueOf } from '../core/index/group-counts';
import { pick } from '../core/pick';
import type { PlacementRequest } from '../core/placement-request';

/**
 * The reference for `choose`: one sort over all instances, without an index. It returns the best instance that fits
 * and, among equals, the one that chance picks. `tasks` are those that count as placed.
 */
export function naiveChoice(
  request: PlacementRequest,
  { state, tasks }: { readonly state: ReadonlyClusterState; readonly tasks: readonly Task[] },
  chance: Chance,
): string | undefined {
  const slots = seatsOf(request, state, tasks);
  const admitted = slots.filter((slot) => isAdmitted(request, slot));
  const ranked = admitted.map((slot) => ({ slot, rank: rankOf(request, slot, tasks, slots) }));
  const fitting = ranked.filter(({ slot }) => !whyNot(request, slot));
  fitting.sort((a, b) => compare(a.rank, b.rank));
  const [best] = fitting;
  if (!best) return undefined;
  // Chance decides only among instances that differ in nothing but the count on the instance itself.
  const alike = ranked.filter(({ rank }) =>
    request.strategy.every(({ by }, at) => by === 'instance' || rank[at] === best.rank[at]),
  );
  const answers = new Set(fitting.filter(({ rank }) => compare(rank, best.rank) === 0).map(({ slot }) => slot));
  const candidates = alike.map(({ slot }) => slot).sort((a, b) => compare(placeOf(request, a), placeOf(request, b)));
  const run = { slots: candidates, from: 0, to: candidates.length };
  return pick([run], (slot) => answers.has(slot), chance)?.instance.id;
}

function seatsOf(
  request: PlacementRequest,
  state: ReadonlyClusterState,
  tasks: readonly Task[],
): readonly InstanceSlot[] {
  return [...state.instancesOf(request.cluster)].map((id) => {
    const instance = state.instances.get(id);
    invariant(instance, 'The listed instance exists.');
    const slot = new InstanceSlot(instance);
    for (const task of tasks) if (task.instance === id) slot.countTask(task.group, 1);
    return slot;
  });
}

/**
 * The instances among which chance decides: all rules except those that tasks on it can break, enough GPUs, and enough
 * room by the first key.
 */
function isAdmitted(request: PlacementRequest, slot: InstanceSlot): boolean {
  const [key = 'room'] = keysOf(request.strategy);
  const settled = {
    ...request,
    memberOf: request.memberOf.filter(({ isStatic }) => isStatic),
    distinctInstance: false,
    resources: { ...request.resources, cpu: 0, memory: -Infinity, ports: [], portsUdp: [], gpus: 0 },
  };
  const hasGpus = slot.instance.registered.gpus.length >= request.resources.gpus;
  return hasGpus && !whyNot(settled, slot) && slot.free(key) >= neededOf(request.resources, key);
}

type Rank = readonly (number | string)[];

function rankOf(
  { strategy, group }: PlacementRequest,
  slot: InstanceSlot,
  tasks: readonly Task[],
  slots: readonly InstanceSlot[],
): Rank {
  const counted = tasks.filter((task) => task.group === group && task.desiredStatus === 'RUNNING');
  return strategy.map((level) => {
    switch (level.by) {
      case 'instance':
        return counted.filter(({ instance }) => instance === slot.instance.id).length;
      case 'attribute': {
        const same = slots.filter((each) => valueOf(each, level.name) === valueOf(slot, level.name));
        return counted.filter(({ instance }) => same.some((each) => each.instance.id === instance)).length;
      }
      case 'cpu':
      case 'memory':
        return slot.free(level.by);
    }
  });
}

/** The order of the instances before chance: by bucket, then by what is left, then by id. */
function placeOf({ strategy }: PlacementRequest, slot: InstanceSlot): Rank {
  const values = attributesOf(strategy).map((attribute) => valueOf(slot, attribute));
  return [JSON.stringify(values), ...keysOf(strategy).map((key) => slot.free(key)), slot.instance.id];
}

function compare(a: Rank, b: Rank): number {
  for (const [at, left] of a.entries()) {
    const right = b[at] ?? left;
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
