import { type ContainerInstance, minus, NO_RESOURCES, plus, type Resources, takenFrom } from '@stowage/domain';
import type { Candidate, Choice, PlacementRequest } from '../placement-request';

/** What is put on an instance, in the books or only decided yet. */
export interface Load {
  readonly group: string;
  readonly resources: Resources;
}

/** What buckets are ordered by: what is left of a resource, or the power of two of what is left of the memory. */
export type AmountLeft = 'cpu' | 'memory' | 'room';

/** The number of binary digits. */
export const roomOf = (memory: number): number => 32 - Math.clz32(Math.max(0, memory));

/** One instance in the index: its record, what is reserved on it, and the groups of the tasks on it. */
export class InstanceSlot implements Candidate {
  used: Resources;
  readonly tasksOfGroups = new Map<string, number>();
  /** Grows when what is registered changes: what follows from that alone is worked out once for each. */
  registration = 1;
  /** Which share of the instances it belongs to when several schedulers divide them among themselves. */
  readonly share: number;
  private reserved: Resources = NO_RESOURCES;

  constructor(public instance: ContainerInstance) {
    this.used = instance.used;
    this.share = Number.parseInt(instance.id.slice(-6), 16) || 0;
  }

  /** Its instance has left the cluster. */
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

  /** The record as the fold has it now. */
  update(instance: ContainerInstance): void {
    if (!sameRegistration(this.instance, instance)) this.registration += 1;
    this.instance = instance;
    this.used = this.reserved === NO_RESOURCES ? instance.used : plus(instance.used, this.reserved);
  }

  /** One task that fits here, put here. */
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

/** Records share what did not change, so that looking at the references is enough; a copy only costs work. */
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
