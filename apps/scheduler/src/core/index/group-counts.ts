import { attributesByName, type InstanceId } from '@stowage/domain';
import type { InstanceSlot } from './instance-slot';

const NO_VALUE = '';

/** What of an instance strategies call its value of an attribute; those without one share one. */
export const valueOf = ({ instance }: InstanceSlot, attribute: string): string =>
  attributesByName(instance).get(attribute) ?? NO_VALUE;

/** Where the tasks of one group are that nobody has decided to stop: what `spread` spreads. */
export class GroupCounts {
  private readonly onInstance = new Map<InstanceId, number>();
  /** How many instances have so many, for each number above 0. */
  private readonly instancesWith = new Map<number, number>();
  /** By attribute and value; of the attributes that were asked for. */
  private byAttribute = new Map<string, Map<string, number>>();

  constructor(private readonly seatOf: (instance: InstanceId) => InstanceSlot | undefined) {}

  on(instance: InstanceId): number {
    return this.onInstance.get(instance) ?? 0;
  }

  /** The numbers of tasks that instances have, the fewest first; 0 is always among them. */
  distinctCounts(): readonly number[] {
    return [0, ...[...this.instancesWith.keys()].sort((a, b) => a - b)];
  }

  with(attribute: string): ReadonlyMap<string, number> {
    const known = this.byAttribute.get(attribute);
    if (known) return known;
    const counts = new Map<string, number>();
    for (const [instance, tasks] of this.onInstance) {
      const slot = this.seatOf(instance);
      if (slot) add(counts, valueOf(slot, attribute), tasks);
    }
    this.byAttribute.set(attribute, counts);
    return counts;
  }

  count(slot: InstanceSlot, by: 1 | -1): void {
    const { id } = slot.instance;
    const [before, after] = [this.on(id), this.on(id) + by];
    if (before > 0) add(this.instancesWith, before, -1);
    if (after > 0) add(this.instancesWith, after, 1);
    if (after > 0) this.onInstance.set(id, after);
    else this.onInstance.delete(id);
    for (const [attribute, counts] of this.byAttribute) add(counts, valueOf(slot, attribute), by);
  }

  /** Attributes have changed: what was counted by them is counted anew when it is asked for. */
  forgetAttributes(): void {
    if (this.byAttribute.size > 0) this.byAttribute = new Map();
  }

  get isEmpty(): boolean {
    return this.onInstance.size === 0;
  }
}

function add<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
