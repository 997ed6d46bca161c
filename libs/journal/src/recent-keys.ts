/** Number of deduplication keys that a fold remembers. Older ones are looked up in the read model. */
export const KEYS_MAX = 100_000;

/** Deduplication keys of folded transactions with their sequences. The oldest are dropped first. */
export class RecentKeys {
  private readonly sequences: Map<string, number>;

  constructor(
    entries: Iterable<readonly [string, number]> = [],
    private readonly keysMax = KEYS_MAX,
  ) {
    this.sequences = new Map(entries);
  }

  add(key: string, sequence: number): void {
    this.sequences.set(key, sequence);
    if (this.sequences.size <= this.keysMax) return;
    for (const oldest of this.sequences.keys()) {
      this.sequences.delete(oldest);
      return;
    }
  }

  sequenceOf(key: string): number | undefined {
    return this.sequences.get(key);
  }

  entries(): IterableIterator<[string, number]> {
    return this.sequences.entries();
  }
}
