import type { CommittedTransaction } from '@stowage/journal';

/** Checks the conditions of writes: no written subject may have changed since the position of the condition. */
export class Conditions {
  private readonly lastOf = new Map<string, number>();
  private readonly expected = new Map<string, number>();

  expect(cause: string, position: number): void {
    this.expected.set(cause, position);
  }

  /** Returns a sentence for each violation. */
  take({ events }: CommittedTransaction): readonly string[] {
    const broken = events.flatMap(({ cause, subject, sequence }) => {
      const [position, last] = [this.expected.get(cause), this.lastOf.get(subject) ?? 0];
      if (position === undefined || last <= position) return [];
      return [`At ${String(sequence)}: a write expected ${subject} as at ${String(position)}, not ${String(last)}.`];
    });
    for (const { subject, sequence } of events) this.lastOf.set(subject, sequence);
    return broken;
  }
}
