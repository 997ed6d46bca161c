import type { CommittedTransaction, Subject } from './journal';
import { isPattern, matches } from './subjects';

/** The sequence of the newest event on each subject. Expectations are built from it. */
export class LastSequences {
  private readonly lastOf: Map<Subject, number>;

  constructor(entries: Iterable<readonly [Subject, number]> = []) {
    this.lastOf = new Map(entries);
  }

  add(transaction: CommittedTransaction): void {
    for (const { subject, sequence } of transaction.events) this.lastOf.set(subject, sequence);
  }

  /** Returns 0 if there is no event on the subject. A pattern visits every subject, so it is for rare commands. */
  of(subject: Subject): number {
    if (!isPattern(subject)) return this.lastOf.get(subject) ?? 0;
    let last = 0;
    for (const [candidate, sequence] of this.lastOf) {
      if (sequence > last && matches(subject, candidate)) last = sequence;
    }
    return last;
  }

  entries(): IterableIterator<[Subject, number]> {
    return this.lastOf.entries();
  }
}
