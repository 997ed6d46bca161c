import { type ContainerInstance, type InstanceId, invariant, type Task } from '@stowage/domain';
import { attributesFilter } from '../filters/attributes';
import { launchTypeFilter } from '../filters/launch-type';
import { isMember } from '../filters/member-of';
import type { PlacementRequest } from '../placement-request';
import { GroupCounts } from './group-counts';
import { attributesOf, keysOf, CandidatePool } from './candidate-pool';
import { type Load, InstanceSlot } from './instance-slot';

/** Number of pools of one cluster. Requests differ in few ways; the pool that was unused for longest is dropped. */
export const POOLS_MAX = 64;

/** Placements that were decided and are not folded yet. The next decisions count them as placed. */
export class Reservation {
  private readonly held: (readonly [InstanceSlot, Load])[] = [];

  constructor(private readonly index: ClusterIndex) {}

  add(instance: InstanceId, load: Load): void {
    const slot = this.index.slot(instance);
    if (!slot) return;
    this.held.push([slot, load]);
    this.index.reservations.add(this);
    this.take(slot, load);
  }

  /** Releases the reservation, because its placements are folded now or will never be written. */
  release(): void {
    this.suspend();
    this.held.length = 0;
    this.index.reservations.delete(this);
  }

  suspend(): void {
    for (const [slot, load] of this.held) {
      slot.release(load);
      this.index.countTask(slot, load.group, { present: -1, wanted: -1 });
    }
  }

  resume(): void {
    for (const [slot, load] of this.held) this.take(slot, load);
  }

  private take(slot: InstanceSlot, load: Load): void {
    slot.reserve(load);
    this.index.countTask(slot, load.group, { present: 1, wanted: 1 });
  }
}

type Step = -1 | 0 | 1;

/** Index of the instances of one cluster for placement, so that a decision does not visit every instance. */
export class ClusterIndex {
  private readonly slots = new Map<InstanceId, InstanceSlot>();
  private readonly groups = new Map<string, GroupCounts>();
  /** Ordered by last use; the last entry was used last. */
  private readonly pools = new Map<string, CandidatePool>();
  /** All slots in order; undefined after a slot was added or removed. */
  private inOrder: readonly InstanceSlot[] | undefined;
  private readonly emptyGroup = new GroupCounts(() => undefined);
  /** The reservations that hold something. */
  readonly reservations = new Set<Reservation>();

  slot(instance: InstanceId): InstanceSlot | undefined {
    return this.slots.get(instance);
  }

  /** Returns all registered instances in the order of their ids. */
  all(): readonly InstanceSlot[] {
    this.inOrder ??= [...this.slots.values()].sort((a, b) => (a.instance.id < b.instance.id ? -1 : 1));
    return this.inOrder;
  }

  group(name: string): GroupCounts {
    return this.groups.get(name) ?? this.emptyGroup;
  }

  reservation(): Reservation {
    return new Reservation(this);
  }

  /** Runs `decide` on the state alone, without reservations. */
  withoutReservations<Result>(decide: () => Result): Result {
    const suspended = [...this.reservations];
    for (const reservation of suspended) reservation.suspend();
    try {
      return decide();
    } finally {
      for (const reservation of suspended) reservation.resume();
    }
  }

  /** Returns the instances for requests of this kind, in the order of its strategy. */
  pool(request: PlacementRequest): CandidatePool {
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
    const known = this.slots.get(instance.id);
    if (!known) {
      const slot = new InstanceSlot(instance);
      this.slots.set(instance.id, slot);
      this.inOrder = undefined;
      this.touch(slot);
      return;
    }
    const { registration } = known;
    known.update(instance);
    if (known.registration !== registration) for (const group of this.groups.values()) group.forgetAttributes();
    this.touch(known);
  }

  removeInstance(id: InstanceId): void {
    const slot = this.slots.get(id);
    if (!slot) return;
    slot.update({ ...slot.instance, status: 'INACTIVE' });
    this.touch(slot);
    this.slots.delete(id);
    this.inOrder = undefined;
  }

  /** Updates the counts after a task was added, was removed or was requested to stop. */
  taskChanged(before: Task | undefined, after: Task | undefined): void {
    const task = after ?? before;
    invariant(task, 'A task that changed exists before or after the change.');
    const slot = this.slots.get(task.instance);
    if (!slot) return;
    const present = stepOf(before !== undefined, after !== undefined);
    const wanted = stepOf(isWanted(before), isWanted(after));
    if (present !== 0 || wanted !== 0) this.countTask(slot, task.group, { present, wanted });
  }

  countTask(slot: InstanceSlot, group: string, by: { readonly present: Step; readonly wanted: Step }): void {
    if (by.present !== 0) slot.countTask(group, by.present);
    if (by.wanted !== 0) {
      const counts = this.groups.get(group) ?? new GroupCounts((id) => this.slots.get(id));
      counts.count(slot, by.wanted);
      if (counts.isEmpty) this.groups.delete(group);
      else this.groups.set(group, counts);
    }
    this.touch(slot);
  }

  private touch(slot: InstanceSlot): void {
    for (const pool of this.pools.values()) pool.touch(slot);
  }

  private newPool(request: PlacementRequest): CandidatePool {
    const settled = request.memberOf.filter(({ isStatic }) => isStatic);
    const pool = new CandidatePool(
      (slot) =>
        request.resources.gpus <= slot.instance.registered.gpus.length &&
        launchTypeFilter.fits(request, slot) &&
        attributesFilter.fits(request, slot) &&
        settled.every((query) => isMember(query, slot)),
      attributesOf(request.strategy),
      keysOf(request.strategy),
    );
    for (const slot of this.slots.values()) pool.touch(slot);
    return pool;
  }
}

const isWanted = (task: Task | undefined): boolean => task?.desiredStatus === 'RUNNING';

const stepOf = (before: boolean, after: boolean): Step => (before === after ? 0 : after ? 1 : -1);

/** Requests with the same key share a pool. The key contains everything on which the pool depends. */
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
