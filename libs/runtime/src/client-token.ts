import { createHash } from 'node:crypto';

/**
 * What the journal and the read model know a client token by: the token itself could be anything, and belongs to one
 * cluster. It is also the deduplication key of the transaction that the token came with.
 */
export function clientTokenHash(cluster: string, clientToken: string): string {
  return sha256(JSON.stringify([cluster, clientToken]));
}

/** Equal for inputs that mean the same, whatever the order of their members; the token itself does not count. */
export function parametersHash(input: object): string {
  return sha256(JSON.stringify({ ...input, clientToken: undefined }, sortedMembers));
}

function sortedMembers(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
