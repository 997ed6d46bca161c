import { describe, expect, it } from 'vitest';
import { Slots } from './slots';

const late = (): string => 'late';
const never = new AbortController().signal;

/** Work that is done when it is told to. */
function working(): { readonly work: () => Promise<string>; readonly done: () => void } {
  let done: () => void = () => undefined;
  const finished = new Promise<string>((resolve) => (done = () => resolve('done')));
  return { work: () => finished, done };
}

describe('slots', () => {
  it('are held by so many, and handed on in the order in which they were asked for', async () => {
    const slots = new Slots(1);
    const first = working();
    const began: string[] = [];
    const others = ['a', 'b'].map((name) => () => Promise.resolve(began.push(name) ? name : name));
    const holding = [first.work, ...others].map((work) => slots.hold(never, work, late));
    await Promise.resolve();
    expect(began).toEqual([]);
    first.done();
    expect(await Promise.all(holding)).toEqual(['done', 'a', 'b']);
    expect(began).toEqual(['a', 'b']);
  });

  it('are not there for whoever gives up waiting, and not lost with them', async () => {
    const slots = new Slots(1);
    const first = working();
    const holding = slots.hold(never, first.work, late);
    const impatient = new AbortController();
    const waiting = slots.hold(impatient.signal, () => Promise.resolve('worked'), late);
    impatient.abort();
    expect(await waiting).toBe('late');
    expect(await slots.hold(impatient.signal, () => Promise.resolve('worked'), late)).toBe('late');
    first.done();
    expect(await holding).toBe('done');
    expect(await slots.hold(never, () => Promise.resolve('worked'), late)).toBe('worked');
  });
});
