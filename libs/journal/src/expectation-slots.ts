import type { Expectation, Subject } from './journal';
import { matches } from './subjects';

export interface PlacedExpectations {
  /** Expectations that need a message of their own, before the events. */
  readonly guards: readonly Expectation[];
  /** By the index of the event. */
  readonly onEvents: readonly (Expectation | undefined)[];
}

/**
 * Assigns expectations to messages. JetStream accepts one per message, and in a batch only the first event of a subject
 * may carry one on that subject. An expectation on a subject that was only read goes to an event without another one,
 * unless it is a pattern over a subject that this transaction writes. The rest become guards: messages that carry an
 * expectation and no event.
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
