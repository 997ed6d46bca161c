import type { Expectation, Subject } from './journal';
import { matches } from './subjects';

export interface PlacedExpectations {
  /** Each gets a message of its own, before the events. */
  readonly guards: readonly Expectation[];
  /** By index of the event. */
  readonly onEvents: readonly (Expectation | undefined)[];
}

/**
 * Which message bears which expectation. JetStream takes one a message, and in a batch only the first event of a subject
 * may bear one on that subject. What was only read rides on an event that is free, unless it is a pattern over something
 * that this transaction writes; the rest become guards: messages that bear an expectation and say nothing.
 */
export function placeExpectations(
  subjects: readonly Subject[],
  expectations: readonly Expectation[],
): PlacedExpectations {
  const onEvents: (Expectation | undefined)[] = subjects.map(() => undefined);
  const firsts = new Map<Subject, number>();
  for (const [at, subject] of subjects.entries()) if (!firsts.has(subject)) firsts.set(subject, at);
  const guards: Expectation[] = [];
  const read: Expectation[] = [];
  for (const expectation of expectations) {
    const first = firsts.get(expectation.subject);
    if (first !== undefined) onEvents[first] = expectation;
    else if (subjects.some((subject) => matches(expectation.subject, subject))) guards.push(expectation);
    else read.push(expectation);
  }
  for (const expectation of read) {
    const free = onEvents.indexOf(undefined);
    if (free >= 0) onEvents[free] = expectation;
    else guards.push(expectation);
  }
  return { guards, onEvents };
}
