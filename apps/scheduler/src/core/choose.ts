import type { NeededResources } from '@stowage/domain';
import { fitsNow } from './filters';
import type { ClusterIndex } from './index/cluster-index';
import type { GroupCounts } from './index/group-counts';
import { type Cell, attributesOf, keysOf, type Keys } from './index/pool';
import { type AmountLeft, roomOf, type Seat } from './index/seat';
import { pick, type Run, type Share } from './pick';
import type { PlacementRequest } from './placement-request';
import type { StrategyLevel } from './strategy';

export interface Chance {
  /** From 0 to 2^32 - 1. */
  readonly salt: number;
  readonly share: Share;
}

/** The part of a cell that is still to be looked at; with `spread` over instances, those with so many tasks of the group. */
interface Front {
  readonly cell: Cell;
  /** Tasks of the group over the cell's value of each attribute that is spread over. */
  readonly crowds: readonly number[];
  readonly onInstance: number | undefined;
  from: number;
}

/**
 * The best instance for one task: the first that fits in the order of the strategy, chance deciding between equals. It
 * looks at the cells' fronts, and in them only at what is best: `naive-choice.ts` in testing/ says the same in one sort.
 */
export function choose(request: PlacementRequest, index: ClusterIndex, chance: Chance): Seat | undefined {
  const group = index.group(request.group);
  const keys = keysOf(request.strategy);
  const fronts = frontsOf(request, index, group);
  const changing = { ...request, memberOf: request.memberOf.filter(({ isStatic }) => !isStatic) };
  // Ends: every round moves at least one front on.
  for (;;) {
    const best = bestOf(fronts, request.strategy);
    if (best.length === 0) return undefined;
    const runs = best.map((front) => runOf(front, isPacked(request.strategy) ? keys : undefined));
    const onInstance = best[0]?.onInstance;
    const passes = (seat: Seat): boolean =>
      (onInstance === undefined || group.on(seat.instance.id) === onInstance) && fitsNow(changing, seat);
    const seat = pick(runs, passes, chance);
    if (seat) return seat;
    for (const [at, front] of best.entries()) front.from = runs[at]?.to ?? front.cell.seats.length;
  }
}

const isPacked = (strategy: readonly StrategyLevel[]): boolean =>
  strategy.some(({ by }) => by === 'cpu' || by === 'memory');

function frontsOf(request: PlacementRequest, index: ClusterIndex, group: GroupCounts): readonly Front[] {
  const cells = index.pool(request).cells();
  const tables = attributesOf(request.strategy).map((attribute) => group.with(attribute));
  const counts = request.strategy.some(({ by }) => by === 'instance') ? group.distinctCounts() : [undefined];
  const [key = 'room'] = keysOf(request.strategy);
  const needed = neededOf(request.resources, key);
  return cells.flatMap((cell) => {
    const crowds = tables.map((table, at) => table.get(cell.values[at] ?? '') ?? 0);
    const from = firstWithRoom(cell.seats, key, needed);
    return counts.map((onInstance): Front => ({ cell, crowds, onInstance, from }));
  });
}

/** What a task needs of what cells are ordered by. */
export function neededOf(resources: NeededResources, amount: AmountLeft): number {
  return amount === 'room' ? roomOf(resources.memory) : resources[amount];
}

/** A cell is ordered by what is left: those before this slot have no room for the task. */
function firstWithRoom(seats: readonly Seat[], key: AmountLeft, needed: number): number {
  let [low, high] = [0, seats.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((seats[middle]?.free(key) ?? 0) < needed) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The fronts that the strategy finds best, and equal. */
function bestOf(fronts: readonly Front[], strategy: readonly StrategyLevel[]): readonly Front[] {
  let best: Front[] = [];
  for (const front of fronts) {
    if (front.from >= front.cell.seats.length) continue;
    const [first] = best;
    const order = first ? compare(front, first, strategy) : -1;
    if (order < 0) best = [front];
    else if (order === 0) best.push(front);
  }
  return best;
}

function compare(a: Front, b: Front, strategy: readonly StrategyLevel[]): number {
  let attribute = 0;
  for (const level of strategy) {
    const difference = differenceBy(level, { a, b, attribute });
    if (difference !== 0) return difference;
    if (level.by === 'attribute') attribute += 1;
  }
  return 0;
}

function differenceBy(
  level: StrategyLevel,
  { a, b, attribute }: { readonly a: Front; readonly b: Front; readonly attribute: number },
): number {
  switch (level.by) {
    case 'attribute':
      return (a.crowds[attribute] ?? 0) - (b.crowds[attribute] ?? 0);
    case 'instance':
      return (a.onInstance ?? 0) - (b.onInstance ?? 0);
    case 'cpu':
    case 'memory':
      return leftOf(a, level.by) - leftOf(b, level.by);
  }
}

const leftOf = ({ cell, from }: Front, resource: 'cpu' | 'memory'): number => cell.seats[from]?.free(resource) ?? 0;

/** From the front on, those with the same amounts left; without packing, all that have room. */
function runOf({ cell: { seats }, from }: Front, keys: Keys | undefined): Run {
  const first = seats[from];
  if (!keys || !first) return { seats, from, to: seats.length };
  const amounts = keys.map((key) => first.free(key));
  let [low, high] = [from, seats.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const seat = seats[middle];
    if (seat && isBeyond(seat, keys, amounts)) high = middle;
    else low = middle + 1;
  }
  return { seats, from, to: low };
}

function isBeyond(seat: Seat, keys: Keys, amounts: readonly number[]): boolean {
  for (const [at, key] of keys.entries()) {
    const difference = seat.free(key) - (amounts[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
