/** Rejects an operation that the task no longer needs. */
export class Abandoned extends Error {
  override readonly name = 'Abandoned';
}

/**
 * Resolves or rejects with `work`. Rejects early if `unwanted` aborts; `work` itself then continues.
 * @throws Abandoned if `unwanted` aborted first
 */
export async function unlessAbandoned<Result>(work: Promise<Result>, unwanted: AbortSignal): Promise<Result> {
  let abandon: () => void = () => undefined;
  const abandoned = new Promise<never>((_resolve, reject) => (abandon = () => reject(new Abandoned())));
  if (unwanted.aborted) abandon();
  unwanted.addEventListener('abort', abandon);
  try {
    return await Promise.race([work, abandoned]);
  } finally {
    unwanted.removeEventListener('abort', abandon);
  }
}
