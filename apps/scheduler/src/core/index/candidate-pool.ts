import { type InstanceId, invariant } from '@stowage/domain';
import type { StrategyLevel } from '../strategy';
import { valueOf } from './group-counts';
import type { AmountLeft, InstanceSlot } from './instance-slot';

/** Instances that share the values of the attributes that are spread over, by what is left on them, then by id. */
export interface Bucket {
  readonly values: readonly string[];
  readonly slots: readonly InstanceSlot[];
}

/**
 * The order of a bucket: by these amounts left. Without `binpack` it is by the power of two of the memory: that tells which
 * have room about as well, and hardly ever moves.
 */
export type Keys = readonly AmountLeft[];

export function keysOf(strategy: readonly StrategyLevel[]): Keys {
  const packed = strategy.flatMap(({ by }) => (by === 'cpu' || by === 'memory' ? [by] : []));
  return packed.length > 0 ? packed : ['room'];
}

export const attributesOf = (strategy: readonly StrategyLevel[]): readonly string[] =>
  strategy.flatMap((level) => (level.by === 'attribute' ? [level.name] : []));

/** Where a slot stands, by the keys that it had when it was put there. */
interface SlotPosition {
  readonly bucket: MutableBucket;
  readonly id: InstanceId;
  first: number;
  second: number;
}

interface MutableBucket extends Bucket {
  readonly slots: InstanceSlot[];
}

/** Beyond this share of slots to move, sorting all of them is faster. */
const FULL_SORT_SHARE = 8;

/**
 * The open instances of a cluster that a kind of request may run on, in the order of a kind of strategy. It follows the
 * slots lazily: those that changed are moved when the pool is asked for next. Its content and order follow from the
 * slots alone, never from what came before, so that a replay finds the same.
 */
export class CandidatePool {
  private readonly places = new Map<InstanceSlot, SlotPosition>();
  /** Which registration of a slot was judged last. */
  private readonly judged = new Map<InstanceSlot, number>();
  private readonly changed = new Set<InstanceSlot>();
  private ordered: readonly MutableBucket[] = [];
  private readonly byValues = new Map<string, MutableBucket>();

  constructor(
    private readonly admits: (slot: InstanceSlot) => boolean,
    private readonly attributes: readonly string[],
    private readonly keys: Keys,
  ) {}

  touch(slot: InstanceSlot): void {
    this.changed.add(slot);
  }

  /** In the order of their values; none is empty. */
  buckets(): readonly Bucket[] {
    if (this.changed.size > 0) this.refresh();
    return this.ordered;
  }

  private refresh(): void {
    const sortAnew = this.changed.size > this.places.size / FULL_SORT_SHARE;
    for (const slot of this.changed) {
      if (sortAnew) this.judge(slot);
      else this.move(slot);
    }
    this.changed.clear();
    if (!sortAnew) return;
    for (const bucket of this.ordered) bucket.slots.length = 0;
    for (const [slot, place] of this.places) {
      this.setKeys(place, slot);
      place.bucket.slots.push(slot);
    }
    for (const { slots } of this.ordered)
      slots.sort((a, b) => order(this.recordedPosition(a), this.recordedPosition(b)));
    this.dropEmpty();
  }

  /** Notes whether and where the slot belongs, without putting it there. */
  private judge(slot: InstanceSlot): void {
    if (this.judged.get(slot) === slot.registration) return;
    this.judged.set(slot, slot.registration);
    if (slot.isOpen && this.admits(slot)) {
      this.places.set(slot, { bucket: this.bucketOf(slot), id: slot.instance.id, first: 0, second: 0 });
    } else this.places.delete(slot);
    if (slot.isGone) this.judged.delete(slot);
  }

  private move(slot: InstanceSlot): void {
    const before = this.places.get(slot);
    const isNews = this.judged.get(slot) !== slot.registration;
    if (before && !isNews) this.shift(slot, before);
    if (!isNews) return;
    if (before) {
      before.bucket.slots.splice(this.positionOf(slot, before), 1);
      if (before.bucket.slots.length === 0) this.dropEmpty();
    }
    this.judge(slot);
    const place = this.places.get(slot);
    if (!place) return;
    this.setKeys(place, slot);
    const { slots } = place.bucket;
    slots.splice(this.insertionPoint(slots, place, { from: 0, to: slots.length }), 0, slot);
    if (slots.length === 1) this.sortBuckets();
  }

  /** To its new place in the same bucket: only what lies between moves. */
  private shift(slot: InstanceSlot, place: SlotPosition): void {
    const { slots } = place.bucket;
    const moved = { ...place };
    this.setKeys(moved, slot);
    const direction = order(moved, place);
    if (direction === 0) return;
    const from = this.positionOf(slot, place);
    this.setKeys(place, slot);
    if (direction > 0) {
      const to = this.insertionPoint(slots, place, { from: from + 1, to: slots.length }) - 1;
      for (let at = from; at < to; at += 1) slots[at] = slots[at + 1] ?? slot;
      slots[to] = slot;
    } else {
      const to = this.insertionPoint(slots, place, { from: 0, to: from });
      for (let at = from; at > to; at -= 1) slots[at] = slots[at - 1] ?? slot;
      slots[to] = slot;
    }
  }

  private bucketOf(slot: InstanceSlot): MutableBucket {
    const values = this.attributes.map((attribute) => valueOf(slot, attribute));
    const key = JSON.stringify(values);
    const known = this.byValues.get(key);
    if (known) return known;
    const bucket: MutableBucket = { values, slots: [] };
    this.byValues.set(key, bucket);
    this.sortBuckets();
    return bucket;
  }

  private dropEmpty(): void {
    for (const [key, { slots }] of this.byValues) if (slots.length === 0) this.byValues.delete(key);
    this.sortBuckets();
  }

  private sortBuckets(): void {
    this.ordered = [...this.byValues].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, bucket]) => bucket);
  }

  private setKeys(place: SlotPosition, slot: InstanceSlot): void {
    const [first = 'room', second] = this.keys;
    place.first = slot.free(first);
    place.second = second ? slot.free(second) : 0;
  }

  private recordedPosition(slot: InstanceSlot): SlotPosition {
    const place = this.places.get(slot);
    invariant(place, 'What stands in a bucket has a place.');
    return place;
  }

  private positionOf(slot: InstanceSlot, place: SlotPosition): number {
    const { slots } = place.bucket;
    const at = this.insertionPoint(slots, place, { from: 0, to: slots.length });
    invariant(slots[at] === slot, 'A slot stands where its keys say.');
    return at;
  }

  /** The first slot of the range whose slot does not come before `place`. */
  private insertionPoint(
    slots: readonly InstanceSlot[],
    place: SlotPosition,
    range: { readonly from: number; readonly to: number },
  ): number {
    let { from: low, to: high } = range;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = slots[middle];
      invariant(other, 'The middle is inside.');
      if (order(this.recordedPosition(other), place) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function order(a: SlotPosition, b: SlotPosition): number {
  if (a.first !== b.first) return a.first - b.first;
  if (a.second !== b.second) return a.second - b.second;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}
