import { invariant } from '@stowage/domain';

/** Number of addresses of a block that are used at most. It is also the limit on the number of load balancers. */
export const ADDRESSES_MAX = 256;

const BITS = 32;

/**
 * Returns the addresses of `10.0.0.0/28`, or one single address, in order. The first and the last address of a block
 * are left out if the block reserves them for the network itself.
 */
export function addressPool(block: string): readonly string[] {
  const [text = '', length = String(BITS)] = block.split('/');
  const prefix = Number(length);
  const base = toNumber(text);
  invariant(prefix <= BITS, `${block} is not a block of addresses.`);
  const size = 2 ** (BITS - prefix);
  const first = base - (base % size);
  if (size <= 2) return Array.from({ length: size }, (_, at) => toText(first + at));
  return Array.from({ length: Math.min(size - 2, ADDRESSES_MAX) }, (_, at) => toText(first + 1 + at));
}

function toNumber(address: string): number {
  const bytes = address.split('.').map(Number);
  invariant(bytes.length === 4 && bytes.every((byte) => byte <= 255), `${address} is not an address.`);
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

function toText(number: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
}
