import { describe, expect, it } from 'vitest';
import { Semaphore, SemaphoreDenied } from './semaphore';

/** Work that ends when `done` is called. */
function working(): { readonly work: () => Promise<string>; readonly done: () => void } {
  let done: () => void = () => undefined;
  const finished = new Promise<string>((resolve) => (done = () => resolve('done')));
  return { work: () => finished, done };
}

const worked = (): Promise<string> => Promise.resolve('worked');

describe('a semaphore', () => {
  it('passes permits on in the order of the calls, urgent callers first', async () => {
    const semaphore = new Semaphore({ permits: 1 });
    const first = working();
    const started: string[] = [];
    const record = (name: string) => (): Promise<number> => Promise.resolve(started.push(name));
    const calls = [
      semaphore.run(first.work),
      semaphore.run(record('a')),
      semaphore.run(record('b')),
      semaphore.run(record('urgent'), { isUrgent: true }),
    ];
    await Promise.resolve();
    expect(started).toEqual([]);
    first.done();
    await Promise.all(calls);
    expect(started).toEqual(['urgent', 'a', 'b']);
  });

  it('never lets more callers work than it has permits', async () => {
    const semaphore = new Semaphore({ permits: 2 });
    let working = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      working += 1;
      most = Math.max(most, working);
      await new Promise((resolve) => setImmediate(resolve));
      working -= 1;
    };
    await Promise.all(Array.from({ length: 20 }, () => semaphore.run(work)));
    expect(most).toBe(2);
  });

  it('denies a permit when too many callers wait', async () => {
    const semaphore = new Semaphore({ permits: 1, waitingMax: 1 });
    const first = working();
    const running = semaphore.run(first.work);
    const waiting = semaphore.run(worked);
    await expect(semaphore.run(worked)).rejects.toEqual(new SemaphoreDenied('full'));
    first.done();
    expect(await Promise.all([running, waiting])).toEqual(['done', 'worked']);
  });

  it('ends a wait at its timeout, and does not lose the permit', async () => {
    const semaphore = new Semaphore({ permits: 1 });
    const first = working();
    const running = semaphore.run(first.work);
    await expect(semaphore.run(worked, { timeoutMs: 5 })).rejects.toEqual(new SemaphoreDenied('timeout'));
    first.done();
    await running;
    expect(await semaphore.run(worked)).toBe('worked');
  });

  it('ends a wait when its signal aborts, and returns what the caller chose for that case', async () => {
    const semaphore = new Semaphore({ permits: 1 });
    const first = working();
    const running = semaphore.run(first.work);
    const impatient = new AbortController();
    const options = { signal: impatient.signal, denied: (denial: string) => denial };
    const waiting = semaphore.run(worked, options);
    impatient.abort();
    expect(await waiting).toBe('aborted');
    expect(await semaphore.run(worked, options)).toBe('aborted');
    first.done();
    expect(await running).toBe('done');
    expect(await semaphore.run(worked)).toBe('worked');
  });

  it('passes the permit on when the work fails', async () => {
    const semaphore = new Semaphore({ permits: 1 });
    await expect(semaphore.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await semaphore.run(worked)).toBe('worked');
  });
});
