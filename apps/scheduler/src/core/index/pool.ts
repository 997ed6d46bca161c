import { type InstanceId, invariant } from '@stowage/domain';
import type { StrategyLevel } from '../strategy';
import { valueOf } from './group-counts';
import type { AmountLeft, Seat } from './seat';

/** Instances that share the values of the attributes that are spread over, by what is left on them, then by id. */
export interface Cell {
  readonly values: readonly string[];
  readonly seats: readonly Seat[];
}

/**
 * The order of a cell: by these amounts left. Without `binpack` it is by the power of two of the memory: that tells which
 * have room about as well, and hardly ever moves.
 */
export type Keys = readonly AmountLeft[];

export function keysOf(strategy: readonly StrategyLevel[]): Keys {
  const packed = strategy.flatMap(({ by }) => (by === 'cpu' || by === 'memory' ? [by] : []));
  return packed.length > 0 ? packed : ['room'];
}

export const attributesOf = (strategy: readonly StrategyLevel[]): readonly string[] =>
  strategy.flatMap((level) => (level.by === 'attribute' ? [level.name] : []));

/** Where a seat stands, by the keys that it had when it was put there. */
interface Place {
  readonly cell: MutableCell;
  readonly id: InstanceId;
  first: number;
  second: number;
}

interface MutableCell extends Cell {
  readonly seats: Seat[];
}

/** Beyond this share of seats to move, sorting all of them is faster. */
const SORT_ANEW_SHARE = 8;

/**
 * The open instances of a cluster that a kind of request may run on, in the order of a kind of strategy. It follows the
 * seats lazily: those that changed are moved when the pool is asked for next. Its content and order follow from the
 * seats alone, never from what came before, so that a replay finds the same.
 */
export class Pool {
  private readonly places = new Map<Seat, Place>();
  /** Which registration of a seat was judged last. */
  private readonly judged = new Map<Seat, number>();
  private readonly changed = new Set<Seat>();
  private ordered: readonly MutableCell[] = [];
  private readonly byValues = new Map<string, MutableCell>();

  constructor(
    private readonly admits: (seat: Seat) => boolean,
    private readonly attributes: readonly string[],
    private readonly keys: Keys,
  ) {}

  touch(seat: Seat): void {
    this.changed.add(seat);
  }

  /** In the order of their values; none is empty. */
  cells(): readonly Cell[] {
    if (this.changed.size > 0) this.refresh();
    return this.ordered;
  }

  private refresh(): void {
    const sortAnew = this.changed.size > this.places.size / SORT_ANEW_SHARE;
    for (const seat of this.changed) {
      if (sortAnew) this.judge(seat);
      else this.move(seat);
    }
    this.changed.clear();
    if (!sortAnew) return;
    for (const cell of this.ordered) cell.seats.length = 0;
    for (const [seat, place] of this.places) {
      this.setKeys(place, seat);
      place.cell.seats.push(seat);
    }
    for (const { seats } of this.ordered) seats.sort((a, b) => order(this.placeOf(a), this.placeOf(b)));
    this.dropEmpty();
  }

  /** Notes whether and where the seat belongs, without putting it there. */
  private judge(seat: Seat): void {
    if (this.judged.get(seat) === seat.registration) return;
    this.judged.set(seat, seat.registration);
    if (seat.isOpen && this.admits(seat)) {
      this.places.set(seat, { cell: this.cellOf(seat), id: seat.instance.id, first: 0, second: 0 });
    } else this.places.delete(seat);
    if (seat.isGone) this.judged.delete(seat);
  }

  private move(seat: Seat): void {
    const before = this.places.get(seat);
    const isNews = this.judged.get(seat) !== seat.registration;
    if (before && !isNews) this.shift(seat, before);
    if (!isNews) return;
    if (before) {
      before.cell.seats.splice(this.slotOf(seat, before), 1);
      if (before.cell.seats.length === 0) this.dropEmpty();
    }
    this.judge(seat);
    const place = this.places.get(seat);
    if (!place) return;
    this.setKeys(place, seat);
    const { seats } = place.cell;
    seats.splice(this.slotFor(seats, place, { from: 0, to: seats.length }), 0, seat);
    if (seats.length === 1) this.sortCells();
  }

  /** To its new place in the same cell: only what lies between moves. */
  private shift(seat: Seat, place: Place): void {
    const { seats } = place.cell;
    const moved = { ...place };
    this.setKeys(moved, seat);
    const direction = order(moved, place);
    if (direction === 0) return;
    const from = this.slotOf(seat, place);
    this.setKeys(place, seat);
    if (direction > 0) {
      const to = this.slotFor(seats, place, { from: from + 1, to: seats.length }) - 1;
      for (let at = from; at < to; at += 1) seats[at] = seats[at + 1] ?? seat;
      seats[to] = seat;
    } else {
      const to = this.slotFor(seats, place, { from: 0, to: from });
      for (let at = from; at > to; at -= 1) seats[at] = seats[at - 1] ?? seat;
      seats[to] = seat;
    }
  }

  private cellOf(seat: Seat): MutableCell {
    const values = this.attributes.map((attribute) => valueOf(seat, attribute));
    const key = JSON.stringify(values);
    const known = this.byValues.get(key);
    if (known) return known;
    const cell: MutableCell = { values, seats: [] };
    this.byValues.set(key, cell);
    this.sortCells();
    return cell;
  }

  private dropEmpty(): void {
    for (const [key, { seats }] of this.byValues) if (seats.length === 0) this.byValues.delete(key);
    this.sortCells();
  }

  private sortCells(): void {
    this.ordered = [...this.byValues].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, cell]) => cell);
  }

  private setKeys(place: Place, seat: Seat): void {
    const [first = 'room', second] = this.keys;
    place.first = seat.free(first);
    place.second = second ? seat.free(second) : 0;
  }

  private placeOf(seat: Seat): Place {
    const place = this.places.get(seat);
    invariant(place, 'What stands in a cell has a place.');
    return place;
  }

  private slotOf(seat: Seat, place: Place): number {
    const { seats } = place.cell;
    const at = this.slotFor(seats, place, { from: 0, to: seats.length });
    invariant(seats[at] === seat, 'A seat stands where its keys say.');
    return at;
  }

  /** The first slot of the range whose seat does not come before `place`. */
  private slotFor(seats: readonly Seat[], place: Place, range: { readonly from: number; readonly to: number }): number {
    let { from: low, to: high } = range;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = seats[middle];
      invariant(other, 'The middle is inside.');
      if (order(this.placeOf(other), place) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function order(a: Place, b: Place): number {
  if (a.first !== b.first) return a.first - b.first;
  if (a.second !== b.second) return a.second - b.second;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}
