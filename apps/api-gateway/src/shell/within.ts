/** What `work` comes to, or the error of `late` when it takes longer; what it comes to then, nobody hears. */
export async function within<Result>(work: Promise<Result>, timeoutMs: number, late: () => Error): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), timeoutMs);
  });
  try {
    work.catch(() => undefined);
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
