import { type Random, seededRandom } from '@stowage/domain';

/**
 * Source of the random bytes and ids of the code under test while a simulation runs. The spec puts these functions in
 * the place of `node:crypto` and `uuidv7`, so that one seed always gives the same history.
 */
let random: Random = seededRandom(0);

export function seedChance(seed: number): void {
  random = seededRandom(seed);
}

const HEX = 16;
const DIGITS_AT_ONCE = 8;

function hex(digits: number): string {
  let text = '';
  while (text.length < digits)
    text += random
      .below(HEX ** DIGITS_AT_ONCE)
      .toString(HEX)
      .padStart(DIGITS_AT_ONCE, '0');
  return text.slice(0, digits);
}

export const uuidv7 = (): string => `${hex(8)}-${hex(4)}-7${hex(3)}-8${hex(3)}-${hex(12)}`;
export const randomUUID = (): string => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
export const randomInt = (limit: number): number => random.below(limit);
export const randomBytes = (bytes: number): Buffer => Buffer.from(hex(2 * bytes), 'hex');
