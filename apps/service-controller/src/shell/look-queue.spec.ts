import { describe, expect, it } from 'vitest';
import { LookQueue } from './look-queue';

const OPTIONS = { inFlightMax: 2, sliceMs: 5 };
const turns = async (count = 20): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** A queue whose looks end when they are told to. */
function heldQueue() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const look = (key: string): Promise<void> => {
    begun.push(key);
    return new Promise((resolve) => ends.set(key, resolve));
  };
  return { queue: new LookQueue<string>(look, OPTIONS), begun, end: (key: string) => ends.get(key)?.() };
}

describe('a queue of looks', () => {
  it('looks at a key once, however often it was marked before', async () => {
    const { queue, begun } = heldQueue();
    for (let time = 0; time < 5; time += 1) queue.mark('a');
    await turns();
    expect(begun).toEqual(['a']);
  });

  it('looks again at a key that was marked during its look, and never twice at once', async () => {
    const { queue, begun, end } = heldQueue();
    queue.mark('a');
    await turns();
    queue.mark('a');
    await turns();
    expect(begun).toEqual(['a']);
    end('a');
    await turns();
    expect(begun).toEqual(['a', 'a']);
  });

  it('looks at so many keys at once; the others in their order', async () => {
    const { queue, begun, end } = heldQueue();
    for (const key of ['a', 'b', 'c', 'd']) queue.mark(key);
    await turns();
    expect(begun).toEqual(['a', 'b']);
    end('b');
    await turns();
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  it('remembers one later look of a key, and forgets it when the key is looked at before', async () => {
    const { queue, begun, end } = heldQueue();
    queue.later('a', 5);
    queue.later('a', 60_000);
    queue.later('b', 5);
    await expect.poll(() => begun).toEqual(['b']);
    queue.mark('a');
    await turns();
    end('a');
    end('b');
    await queue.close();
    expect(begun).toEqual(['b', 'a']);
  });

  it('ends when the looks under way have ended, and begins no other', async () => {
    const { queue, begun, end } = heldQueue();
    for (const key of ['a', 'b', 'c']) queue.mark(key);
    await turns();
    let closed = false;
    const closing = queue.close().then(() => (closed = true));
    await turns();
    expect(closed).toBe(false);
    end('a');
    end('b');
    await closing;
    queue.mark('d');
    await turns();
    expect(begun).toEqual(['a', 'b']);
  });
});
