/** Runs work on the same key one at a time, in the order of the calls. Work on different keys runs concurrently. */
export class KeyedMutex<Key> {
  private readonly tails = new Map<Key, Promise<unknown>>();

  /** Resolves or rejects with the outcome of `work`. A failure does not stop the work that waits behind it. */
  async run<Result>(key: Key, work: () => Promise<Result>): Promise<Result> {
    const previous = this.tails.get(key) ?? Promise.resolve();
    const current = previous.then(work, work);
    this.tails.set(key, current);
    try {
      return await current;
    } finally {
      if (this.tails.get(key) === current) this.tails.delete(key);
    }
  }
}
