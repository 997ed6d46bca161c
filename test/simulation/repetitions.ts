import type { DomainEvent } from '@stowage/domain';

/**
 * Number of registrations of a task in one group. A task is registered once, and again if a user or a fault removed its
 * target.
 */
const REGISTRATIONS_MAX = 10;

/** Finds components that undo each other's work without end, although each single decision may be correct. */
export class Repetitions {
  private readonly registrations = new Map<string, number>();

  /** Returns a sentence for each violation. */
  take(event: DomainEvent): readonly string[] {
    if (event.type !== 'TargetsRegistered') return [];
    return event.targets.flatMap(({ task }) => {
      if (!task) return [];
      const key = `${task.task} in ${event.targetGroup}`;
      const count = (this.registrations.get(key) ?? 0) + 1;
      this.registrations.set(key, count);
      return count === REGISTRATIONS_MAX + 1 ? [`${key} is registered again and again`] : [];
    });
  }
}
