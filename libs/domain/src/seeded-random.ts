/** Numbers that follow from a seed alone: the same seed, the same numbers, on every machine. */
export interface Random {
  /** From 0 (included) to 1 (excluded). */
  next(): number;
  /** A whole number from 0 (included) to `limit` (excluded). */
  below(limit: number): number;
}

/**
 * sfc32 (Doty-Humphrey): 128 bits of state, passes PractRand, and fast. For choices that must be repeatable, never for
 * secrets or ids that have to be unique.
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
  // Near seeds must not give near numbers: the first rounds mix the state.
  for (let round = 0; round < 15; round += 1) next();
  return { next, below: (limit) => Math.floor(next() * limit) };
}
