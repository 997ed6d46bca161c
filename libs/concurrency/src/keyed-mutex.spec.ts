import { describe, expect, it } from 'vitest';
import { KeyedMutex } from './keyed-mutex';

describe('a keyed mutex', () => {
  it('runs work on one key in order, and work on other keys at the same time', async () => {
    const mutex = new KeyedMutex<string>();
    const started: string[] = [];
    let finish: () => void = () => undefined;
    const first = mutex.run('a', () => {
      started.push('first of a');
      return new Promise<void>((resolve) => (finish = resolve));
    });
    const second = mutex.run('a', () => Promise.resolve(started.push('second of a')));
    await mutex.run('b', () => Promise.resolve(started.push('first of b')));
    expect(started).toEqual(['first of a', 'first of b']);
    finish();
    await Promise.all([first, second]);
    expect(started).toEqual(['first of a', 'first of b', 'second of a']);
  });

  it('runs the next work after a failure', async () => {
    const mutex = new KeyedMutex<string>();
    const failed = mutex.run('a', () => Promise.reject(new Error('no')));
    const next = mutex.run('a', () => Promise.resolve('next'));
    await expect(failed).rejects.toThrow('no');
    expect(await next).toBe('next');
  });
});
