import { type ContainerInstance, minus, NO_RESOURCES, plus, type Resources, takenFrom } from '@stowage/domain';
import type { Candidate, Choice, PlacementRequest } from '../placement-request';

/** The resources of one task on an instance, folded or only decided. */
export interface Load {
  readonly group: string;
  readonly resources: Resources;
}

/** The sort keys of a bucket: what is left of a resource, or the power of two of the free memory. */
export type AmountLeft = 'cpu' | 'memory' | 'room';

/** Returns the number of binary digits of `memory`. */
export const roomOf = (memory: number): number => 32 - Math.clz32(Math.max(0, memory));

/** One instance in the index: its record, its reservations and the groups of its tasks. */
export class InstanceSlot implements Candidate {
  used: Resources;
  readonly tasksOfGroups = new Map<string, number>();
  /** Incremented when the registered attributes or resources change, so that what depends on them is computed once. */
  registration = 1;
  /** Number by which several schedulers divide the instances among themselves. */
  readonly share: number;
  private reserved: Resources = NO_RESOURCES;

  constructor(public instance: ContainerInstance) {
    this.used = instance.used;
    this.share = Number.parseInt(instance.id.slice(-6), 16) || 0;
  }

  /** True after the instance has left the cluster. */
  get isGone(): boolean {
    return this.instance.status === 'INACTIVE';
  }

  get isOpen(): boolean {
    const { status, agentConnected, lostAt } = this.instance;
    return status === 'ACTIVE' && agentConnected && lostAt === undefined;
  }

  free(amount: AmountLeft): number {
    if (amount === 'room') return roomOf(this.free('memory'));
    return this.instance.registered[amount] - this.used[amount];
  }

  /** Applies the record as it is in the fold now. */
  update(instance: ContainerInstance): void {
    if (!sameRegistration(this.instance, instance)) this.registration += 1;
    this.instance = instance;
    this.used = this.reserved === NO_RESOURCES ? instance.used : plus(instance.used, this.reserved);
  }

  /** Returns the choice of one fitting task on this instance. */
  chosenFor({ group, resources }: Pick<PlacementRequest, 'group' | 'resources'>): Choice {
    return { instance: this.instance, group, resources: takenFrom(resources, this.used, this.instance.registered) };
  }

  reserve({ resources }: Load): void {
    this.reserved = plus(this.reserved, resources);
    this.used = plus(this.used, resources);
  }

  release({ resources }: Load): void {
    this.reserved = minus(this.reserved, resources);
    if (isNone(this.reserved)) this.reserved = NO_RESOURCES;
    this.used = this.reserved === NO_RESOURCES ? this.instance.used : plus(this.instance.used, this.reserved);
  }

  countTask(group: string, by: 1 | -1): void {
    const count = (this.tasksOfGroups.get(group) ?? 0) + by;
    if (count > 0) this.tasksOfGroups.set(group, count);
    else this.tasksOfGroups.delete(group);
  }
}

/** Compares by reference. Records share unchanged parts; a copy only causes extra work. */
function sameRegistration(a: ContainerInstance, b: ContainerInstance): boolean {
  return (
    a.attributes === b.attributes &&
    a.versionInfo === b.versionInfo &&
    a.status === b.status &&
    a.agentConnected === b.agentConnected &&
    a.lostAt === b.lostAt &&
    a.registered === b.registered
  );
}

function isNone({ cpu, memory, ports, portsUdp, gpus }: Resources): boolean {
  return cpu === 0 && memory === 0 && ports.length + portsUdp.length + gpus.length === 0;
}
