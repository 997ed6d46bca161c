import { type InstanceId, invariant } from '@stowage/domain';
import type { StrategyLevel } from '../strategy';
import { valueOf } from './group-counts';
import type { AmountLeft, InstanceSlot } from './instance-slot';

/**
 * Instances with the same values of the attributes that the strategy spreads over, ordered by what is left on them,
 * then by id.
 */
export interface Bucket {
  readonly values: readonly string[];
  readonly slots: readonly InstanceSlot[];
}

/**
 * The amounts left by which a bucket is ordered. Without `binpack` it is ordered by the power of two of the free
 * memory, which separates full from empty instances and rarely changes.
 */
export type Keys = readonly AmountLeft[];

export function keysOf(strategy: readonly StrategyLevel[]): Keys {
  const packed = strategy.flatMap(({ by }) => (by === 'cpu' || by === 'memory' ? [by] : []));
  return packed.length > 0 ? packed : ['room'];
}

export const attributesOf = (strategy: readonly StrategyLevel[]): readonly string[] =>
  strategy.flatMap((level) => (level.by === 'attribute' ? [level.name] : []));

/** The position of a slot: its bucket and the sort keys that it had when it was inserted. */
interface SlotPosition {
  readonly bucket: MutableBucket;
  readonly id: InstanceId;
  first: number;
  second: number;
}

interface MutableBucket extends Bucket {
  readonly slots: InstanceSlot[];
}

/** If more than one in this number of slots has changed, sorting all of them is faster than moving each. */
const FULL_SORT_SHARE = 8;

/**
 * The open instances of a cluster that match one kind of request, in the order of one kind of strategy. The pool is
 * updated lazily: changed slots are moved when the pool is read next. Its content and order depend only on the slots
 * and not on their history, so that a replay finds the same.
 */
export class CandidatePool {
  private readonly places = new Map<InstanceSlot, SlotPosition>();
  /** The registration of each slot that was checked last. */
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

  /** Returns the buckets in the order of their values. All of them contain slots. */
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

  /** Determines whether and where the slot belongs, without inserting it. */
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

  /** Moves the slot within its bucket. Only the slots between the two positions move. */
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
    invariant(place, 'Every slot in a bucket has a recorded position.');
    return place;
  }

  private positionOf(slot: InstanceSlot, place: SlotPosition): number {
    const { slots } = place.bucket;
    const at = this.insertionPoint(slots, place, { from: 0, to: slots.length });
    invariant(slots[at] === slot, 'A slot is at the position of its sort keys.');
    return at;
  }

  /** Returns the first position of the range whose slot does not come before `place`. */
  private insertionPoint(
    slots: readonly InstanceSlot[],
    place: SlotPosition,
    range: { readonly from: number; readonly to: number },
  ): number {
    let { from: low, to: high } = range;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = slots[middle];
      invariant(other, 'The middle is inside of the range.');
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
