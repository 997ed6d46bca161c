/** Thrown to a task that no longer wants what it waits for. */
export class Abandoned extends Error {
  override readonly name = 'Abandoned';
}

/**
 * Resolves or rejects with `work`, or rejects as soon as `unwanted` aborts; `work` itself goes on then.
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
