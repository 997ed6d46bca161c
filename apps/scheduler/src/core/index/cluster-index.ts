import { type ContainerInstance, type InstanceId, invariant, type Task } from '@stowage/domain';
import { attributesFilter } from '../filters/attributes';
import { launchTypeFilter } from '../filters/launch-type';
import { isMember } from '../filters/member-of';
import type { PlacementRequest } from '../placement-request';
import { GroupCounts } from './group-counts';
import { attributesOf, keysOf, Pool } from './pool';
import { type Load, Seat } from './seat';

/** Pools of one cluster. Requests differ in few ways; the pool that was not asked for longest gives way. */
export const POOLS_MAX = 64;

/** What was decided and is not in the fold yet: as good as placed for the next decisions. */
export class Reservation {
  private readonly held: (readonly [Seat, Load])[] = [];

  constructor(private readonly index: ClusterIndex) {}

  add(instance: InstanceId, load: Load): void {
    const seat = this.index.seat(instance);
    if (!seat) return;
    this.held.push([seat, load]);
    this.index.reservations.add(this);
    this.take(seat, load);
  }

  /** It is in the fold now, or will never be. */
  release(): void {
    this.suspend();
    this.held.length = 0;
    this.index.reservations.delete(this);
  }

  suspend(): void {
    for (const [seat, load] of this.held) {
      seat.release(load);
      this.index.countTask(seat, load.group, { present: -1, wanted: -1 });
    }
  }

  resume(): void {
    for (const [seat, load] of this.held) this.take(seat, load);
  }

  private take(seat: Seat, load: Load): void {
    seat.reserve(load);
    this.index.countTask(seat, load.group, { present: 1, wanted: 1 });
  }
}

type Step = -1 | 0 | 1;

/** One cluster's instances as placement asks for them, so that a decision does not look at every one. */
export class ClusterIndex {
  private readonly seats = new Map<InstanceId, Seat>();
  private readonly groups = new Map<string, GroupCounts>();
  /** The one that was asked for last is the last. */
  private readonly pools = new Map<string, Pool>();
  /** Of all seats, until one comes or goes. */
  private inOrder: readonly Seat[] | undefined;
  private readonly nobody = new GroupCounts(() => undefined);
  /** Those that hold something. */
  readonly reservations = new Set<Reservation>();

  seat(instance: InstanceId): Seat | undefined {
    return this.seats.get(instance);
  }

  /** All instances that are registered, in the order of their ids. */
  all(): readonly Seat[] {
    this.inOrder ??= [...this.seats.values()].sort((a, b) => (a.instance.id < b.instance.id ? -1 : 1));
    return this.inOrder;
  }

  group(name: string): GroupCounts {
    return this.groups.get(name) ?? this.nobody;
  }

  reservation(): Reservation {
    return new Reservation(this);
  }

  /** What `decide` finds on the state alone: nothing is reserved meanwhile. */
  withoutReservations<Result>(decide: () => Result): Result {
    const suspended = [...this.reservations];
    for (const reservation of suspended) reservation.suspend();
    try {
      return decide();
    } finally {
      for (const reservation of suspended) reservation.resume();
    }
  }

  /** The instances for requests like this one, in the order that its strategy wants. */
  pool(request: PlacementRequest): Pool {
    const key = poolKey(request);
    const known = this.pools.get(key);
    if (known) this.pools.delete(key);
    const pool = known ?? this.newPool(request);
    this.pools.set(key, pool);
    if (this.pools.size > POOLS_MAX) {
      const [oldest] = this.pools.keys();
      if (oldest !== undefined) this.pools.delete(oldest);
    }
    return pool;
  }

  putInstance(instance: ContainerInstance): void {
    const known = this.seats.get(instance.id);
    if (!known) {
      const seat = new Seat(instance);
      this.seats.set(instance.id, seat);
      this.inOrder = undefined;
      this.touch(seat);
      return;
    }
    const { registration } = known;
    known.becomes(instance);
    if (known.registration !== registration) for (const group of this.groups.values()) group.forgetAttributes();
    this.touch(known);
  }

  removeInstance(id: InstanceId): void {
    const seat = this.seats.get(id);
    if (!seat) return;
    seat.becomes({ ...seat.instance, status: 'INACTIVE' });
    this.touch(seat);
    this.seats.delete(id);
    this.inOrder = undefined;
  }

  /** A task came, went, or is to stop. */
  taskChanged(before: Task | undefined, after: Task | undefined): void {
    const task = after ?? before;
    invariant(task, 'A task that changed was there before or is there after.');
    const seat = this.seats.get(task.instance);
    if (!seat) return;
    const present = stepOf(before !== undefined, after !== undefined);
    const wanted = stepOf(isWanted(before), isWanted(after));
    if (present !== 0 || wanted !== 0) this.countTask(seat, task.group, { present, wanted });
  }

  countTask(seat: Seat, group: string, by: { readonly present: Step; readonly wanted: Step }): void {
    if (by.present !== 0) seat.countTask(group, by.present);
    if (by.wanted !== 0) {
      const counts = this.groups.get(group) ?? new GroupCounts((id) => this.seats.get(id));
      counts.count(seat, by.wanted);
      if (counts.isEmpty) this.groups.delete(group);
      else this.groups.set(group, counts);
    }
    this.touch(seat);
  }

  private touch(seat: Seat): void {
    for (const pool of this.pools.values()) pool.touch(seat);
  }

  private newPool(request: PlacementRequest): Pool {
    const settled = request.memberOf.filter(({ isStatic }) => isStatic);
    const pool = new Pool(
      (seat) =>
        request.resources.gpus <= seat.instance.registered.gpus.length &&
        launchTypeFilter.fits(request, seat) &&
        attributesFilter.fits(request, seat) &&
        settled.every((query) => isMember(query, seat)),
      attributesOf(request.strategy),
      keysOf(request.strategy),
    );
    for (const seat of this.seats.values()) pool.touch(seat);
    return pool;
  }
}

const isWanted = (task: Task | undefined): boolean => task?.desiredStatus === 'RUNNING';

const stepOf = (before: boolean, after: boolean): Step => (before === after ? 0 : after ? 1 : -1);

/** Requests with the same key have the same pool: all that it depends on is in it. */
function poolKey({ launchType, resources, requiredAttributes, memberOf, strategy }: PlacementRequest): string {
  return JSON.stringify([
    launchType,
    resources.gpus,
    requiredAttributes.map(({ name, value }) => [name, value]),
    memberOf.filter(({ isStatic }) => isStatic).map(({ expression }) => expression),
    attributesOf(strategy),
    keysOf(strategy),
  ]);
}
