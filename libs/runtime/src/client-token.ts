import { createHash } from 'node:crypto';

/**
 * Returns the hash by which the journal and the read model identify a client token. The token itself may contain any
 * text, and its scope is one cluster. The hash is also the deduplication key of the transaction that carries the token.
 */
export function clientTokenHash(cluster: string, clientToken: string): string {
  return sha256(JSON.stringify([cluster, clientToken]));
}

/** Returns the same hash for equal inputs, in any order of their members. The token itself is ignored. */
export function parametersHash(input: object): string {
  return sha256(JSON.stringify({ ...input, clientToken: undefined }, sortedMembers));
}

function sortedMembers(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
