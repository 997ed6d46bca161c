import { attributesByName, type InstanceId } from '@stowage/domain';
import type { InstanceSlot } from './instance-slot';

const NO_VALUE = '';

/**
 * Returns the value of an attribute of an instance, as strategies compare it. Instances without the attribute share one
 * value.
 */
export const valueOf = ({ instance }: InstanceSlot, attribute: string): string =>
  attributesByName(instance).get(attribute) ?? NO_VALUE;

/** The instances of the tasks of one group that should run. `spread` uses these counts. */
export class GroupCounts {
  private readonly onInstance = new Map<InstanceId, number>();
  /** For each number above 0, the number of instances with this many tasks. */
  private readonly instancesWith = new Map<number, number>();
  /** Counts by attribute and value, for the attributes that were requested so far. */
  private byAttribute = new Map<string, Map<string, number>>();

  constructor(private readonly seatOf: (instance: InstanceId) => InstanceSlot | undefined) {}

  on(instance: InstanceId): number {
    return this.onInstance.get(instance) ?? 0;
  }

  /** Returns the distinct numbers of tasks per instance, in ascending order. 0 is always among them. */
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

  /** Drops the counts by attribute after attributes have changed. They are computed again on demand. */
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
