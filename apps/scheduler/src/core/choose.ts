import type { NeededResources } from '@stowage/domain';
import { fitsNow } from './filters';
import type { ClusterIndex } from './index/cluster-index';
import type { GroupCounts } from './index/group-counts';
import { type Bucket, attributesOf, keysOf, type Keys } from './index/candidate-pool';
import { type AmountLeft, roomOf, type InstanceSlot } from './index/instance-slot';
import { pick, type Range, type Share } from './pick';
import type { PlacementRequest } from './placement-request';
import type { StrategyLevel } from './strategy';

export interface Chance {
  /** A whole number from 0 to 2^32 - 1. */
  readonly salt: number;
  readonly share: Share;
}

/**
 * The remaining part of a bucket. With `spread` over instances there is one cursor per number of tasks of the group on
 * an instance.
 */
interface Cursor {
  readonly bucket: Bucket;
  /** For each attribute in the strategy, the number of tasks of the group over the bucket's value of that attribute. */
  readonly crowds: readonly number[];
  readonly onInstance: number | undefined;
  from: number;
}

/**
 * Returns the best instance for one task: the first that fits in the order of the strategy, or a random one among
 * equals. It visits only the best cursors of the buckets. `naive-choice.ts` in testing/ computes the same with one
 * sort.
 */
export function choose(request: PlacementRequest, index: ClusterIndex, chance: Chance): InstanceSlot | undefined {
  const group = index.group(request.group);
  const keys = keysOf(request.strategy);
  const cursors = cursorsOf(request, index, group);
  const changing = { ...request, memberOf: request.memberOf.filter(({ isStatic }) => !isStatic) };
  // The loop ends, because every round advances at least one cursor.
  for (;;) {
    const best = bestOf(cursors, request.strategy);
    if (best.length === 0) return undefined;
    const ranges = best.map((cursor) => rangeAt(cursor, isPacked(request.strategy) ? keys : undefined));
    const onInstance = best[0]?.onInstance;
    const passes = (slot: InstanceSlot): boolean =>
      (onInstance === undefined || group.on(slot.instance.id) === onInstance) && fitsNow(changing, slot);
    const slot = pick(ranges, passes, chance);
    if (slot) return slot;
    for (const [at, cursor] of best.entries()) cursor.from = ranges[at]?.to ?? cursor.bucket.slots.length;
  }
}

const isPacked = (strategy: readonly StrategyLevel[]): boolean =>
  strategy.some(({ by }) => by === 'cpu' || by === 'memory');

function cursorsOf(request: PlacementRequest, index: ClusterIndex, group: GroupCounts): readonly Cursor[] {
  const buckets = index.pool(request).buckets();
  const tables = attributesOf(request.strategy).map((attribute) => group.with(attribute));
  const counts = request.strategy.some(({ by }) => by === 'instance') ? group.distinctCounts() : [undefined];
  const [key = 'room'] = keysOf(request.strategy);
  const needed = neededOf(request.resources, key);
  return buckets.flatMap((bucket) => {
    const crowds = tables.map((table, at) => table.get(bucket.values[at] ?? '') ?? 0);
    const from = firstWithRoom(bucket.slots, key, needed);
    return counts.map((onInstance): Cursor => ({ bucket, crowds, onInstance, from }));
  });
}

/** Returns the amount that a task needs of the resource by which buckets are ordered. */
export function neededOf(resources: NeededResources, amount: AmountLeft): number {
  return amount === 'room' ? roomOf(resources.memory) : resources[amount];
}

/**
 * Returns the first position with enough room for the task. A bucket is ordered by what is left, so all slots before it
 * are too small.
 */
function firstWithRoom(slots: readonly InstanceSlot[], key: AmountLeft, needed: number): number {
  let [low, high] = [0, slots.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((slots[middle]?.free(key) ?? 0) < needed) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Returns the cursors that the strategy ranks best and equal. */
function bestOf(cursors: readonly Cursor[], strategy: readonly StrategyLevel[]): readonly Cursor[] {
  let best: Cursor[] = [];
  for (const cursor of cursors) {
    if (cursor.from >= cursor.bucket.slots.length) continue;
    const [first] = best;
    const order = first ? compare(cursor, first, strategy) : -1;
    if (order < 0) best = [cursor];
    else if (order === 0) best.push(cursor);
  }
  return best;
}

function compare(a: Cursor, b: Cursor, strategy: readonly StrategyLevel[]): number {
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
  { a, b, attribute }: { readonly a: Cursor; readonly b: Cursor; readonly attribute: number },
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

const leftOf = ({ bucket, from }: Cursor, resource: 'cpu' | 'memory'): number =>
  bucket.slots[from]?.free(resource) ?? 0;

/**
 * Returns the range of equal slots at the cursor: those with the same amounts left or, without packing, all that have
 * room.
 */
function rangeAt({ bucket: { slots }, from }: Cursor, keys: Keys | undefined): Range {
  const first = slots[from];
  if (!keys || !first) return { slots, from, to: slots.length };
  const amounts = keys.map((key) => first.free(key));
  let [low, high] = [from, slots.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const slot = slots[middle];
    if (slot && isBeyond(slot, keys, amounts)) high = middle;
    else low = middle + 1;
  }
  return { slots, from, to: low };
}

function isBeyond(slot: InstanceSlot, keys: Keys, amounts: readonly number[]): boolean {
  for (const [at, key] of keys.entries()) {
    const difference = slot.free(key) - (amounts[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
