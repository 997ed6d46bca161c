import { randomUUID } from 'node:crypto';
import { clusterName, type DomainEvent, transactionId } from '@stowage/domain';
import type { Journal, CommittedTransaction, Expectation, Transaction } from '../journal';

/** Creates a transaction with default values for everything that a test does not set. */
export function transaction(
  events: readonly DomainEvent[],
  expectations: readonly Expectation[] = [],
  rest: Partial<Transaction> = {},
): Transaction {
  return {
    id: transactionId(randomUUID()),
    events,
    expectations,
    at: 1_700_000_000_000,
    actor: 'arn:aws:iam::123456789012:user/ada',
    cause: 'request-1',
    ...rest,
  };
}

export const clusterCreated = (cluster: string): DomainEvent => ({
  type: 'ClusterCreated',
  version: 1,
  cluster: clusterName(cluster),
  settings: [],
  capacityProviders: [],
  defaultCapacityProviderStrategy: [],
  tags: [],
});

export const clusterTagged = (cluster: string, value: string): DomainEvent => ({
  type: 'ClusterTagsSet',
  version: 1,
  cluster: clusterName(cluster),
  tags: [{ key: 'k', value }],
});

/** Returns the transactions after `position` up to the one that ends at `end`. */
export async function collect(journal: Journal, position: number, end: number): Promise<CommittedTransaction[]> {
  const stop = new AbortController();
  const found: CommittedTransaction[] = [];
  for await (const committed of journal.follow(position, stop.signal)) {
    found.push(committed);
    if (committed.sequence >= end) stop.abort();
  }
  return found;
}
