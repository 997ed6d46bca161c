/** Deterministic pseudo-random numbers: a seed gives the same numbers on every machine. */
export interface Random {
  /** Returns a number from 0 (included) to 1 (excluded). */
  next(): number;
  /** Returns a whole number from 0 (included) to `limit` (excluded). */
  below(limit: number): number;
}

/**
 * Returns sfc32 (Doty-Humphrey): 128 bits of state, passes PractRand, and fast. Use it for choices that must be
 * repeatable, and never for secrets or unique ids.
 */
export function seededRandom(seed: number): Random {
  let [a, b, c, counter] = [0x9e3779b9, Math.trunc(seed / 2 ** 32) | 0, seed | 0, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // The first rounds mix the state, so that similar seeds do not give similar numbers.
  for (let round = 0; round < 15; round += 1) next();
  return { next, below: (limit) => Math.floor(next() * limit) };
}
