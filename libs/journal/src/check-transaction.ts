import { invariant } from '@stowage/domain';
import { TRANSACTION_EVENTS_MAX, type Transaction } from './journal';

/** Checks the preconditions of every adapter. A violation is a bug of the writer. */
export function checkTransaction({ events, expectations }: Transaction): void {
  invariant(events.length > 0, 'A transaction has at least one event.');
  invariant(
    events.length + expectations.length <= TRANSACTION_EVENTS_MAX,
    `A transaction has at most ${String(TRANSACTION_EVENTS_MAX)} events and expectations.`,
  );
  const subjects = new Set(expectations.map(({ subject }) => subject));
  invariant(subjects.size === expectations.length, 'A transaction has one expectation per subject.');
}
