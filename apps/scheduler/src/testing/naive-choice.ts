import { invariant, type ReadonlyClusterState, type Task } from '@stowage/domain';
import { type Chance, neededOf } from '../core/choose';
import { whyNot } from '../core/filters';
import { attributesOf, keysOf } from '../core/index/pool';
import { Seat } from '../core/index/seat';
import { valueOf } from '../core/index/group-counts';
import { pick } from '../core/pick';
import type { PlacementRequest } from '../core/placement-request';

/**
 * What `choose` is to find, said in one sort over all instances, without an index: the best that fits, and among equals
 * the one that chance picks. `tasks` are those that count as placed.
 */
export function naiveChoice(
  request: PlacementRequest,
  { state, tasks }: { readonly state: ReadonlyClusterState; readonly tasks: readonly Task[] },
  chance: Chance,
): string | undefined {
  const seats = seatsOf(request, state, tasks);
  const admitted = seats.filter((seat) => isAdmitted(request, seat));
  const ranked = admitted.map((seat) => ({ seat, rank: rankOf(request, seat, tasks, seats) }));
  const fitting = ranked.filter(({ seat }) => !whyNot(request, seat));
  fitting.sort((a, b) => compare(a.rank, b.rank));
  const [best] = fitting;
  if (!best) return undefined;
  // Chance draws among those that only the count on the instance itself tells apart; the others are no answers then.
  const alike = ranked.filter(({ rank }) =>
    request.strategy.every(({ by }, at) => by === 'instance' || rank[at] === best.rank[at]),
  );
  const answers = new Set(fitting.filter(({ rank }) => compare(rank, best.rank) === 0).map(({ seat }) => seat));
  const drawn = alike.map(({ seat }) => seat).sort((a, b) => compare(placeOf(request, a), placeOf(request, b)));
  const run = { seats: drawn, from: 0, to: drawn.length };
  return pick([run], (seat) => answers.has(seat), chance)?.instance.id;
}

function seatsOf(request: PlacementRequest, state: ReadonlyClusterState, tasks: readonly Task[]): readonly Seat[] {
  return [...state.instancesOf(request.cluster)].map((id) => {
    const instance = state.instances.get(id);
    invariant(instance, 'What is listed is there.');
    const seat = new Seat(instance);
    for (const task of tasks) if (task.instance === id) seat.countTask(task.group, 1);
    return seat;
  });
}

/** The instances that chance draws among: all rules but those that tasks on it can break, GPUs at all, and room by the first key. */
function isAdmitted(request: PlacementRequest, seat: Seat): boolean {
  const [key = 'room'] = keysOf(request.strategy);
  const settled = {
    ...request,
    memberOf: request.memberOf.filter(({ isStatic }) => isStatic),
    distinctInstance: false,
    resources: { ...request.resources, cpu: 0, memory: -Infinity, ports: [], portsUdp: [], gpus: 0 },
  };
  const hasGpus = seat.instance.registered.gpus.length >= request.resources.gpus;
  return hasGpus && !whyNot(settled, seat) && seat.free(key) >= neededOf(request.resources, key);
}

type Rank = readonly (number | string)[];

function rankOf(
  { strategy, group }: PlacementRequest,
  seat: Seat,
  tasks: readonly Task[],
  seats: readonly Seat[],
): Rank {
  const counted = tasks.filter((task) => task.group === group && task.desiredStatus === 'RUNNING');
  return strategy.map((level) => {
    switch (level.by) {
      case 'instance':
        return counted.filter(({ instance }) => instance === seat.instance.id).length;
      case 'attribute': {
        const same = seats.filter((each) => valueOf(each, level.name) === valueOf(seat, level.name));
        return counted.filter(({ instance }) => same.some((each) => each.instance.id === instance)).length;
      }
      case 'cpu':
      case 'memory':
        return seat.free(level.by);
    }
  });
}

/** The order of the instances before chance: cell by cell, then by what is left, then by id. */
function placeOf({ strategy }: PlacementRequest, seat: Seat): Rank {
  const values = attributesOf(strategy).map((attribute) => valueOf(seat, attribute));
  return [JSON.stringify(values), ...keysOf(strategy).map((key) => seat.free(key)), seat.instance.id];
}

function compare(a: Rank, b: Rank): number {
  for (const [at, left] of a.entries()) {
    const right = b[at] ?? left;
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
