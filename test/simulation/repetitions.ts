import type { DomainEvent } from '@stowage/domain';

/** A task is registered once in a group; again when its targets were taken from it, by somebody or by mistake. */
const REGISTRATIONS_MAX = 10;

/** Whether deciders undo each other's work for ever: what each of them does may be right. */
export class Repetitions {
  private readonly registrations = new Map<string, number>();

  /** What is wrong with it, as sentences. */
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
