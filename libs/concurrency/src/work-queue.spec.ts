import { describe, expect, it } from 'vitest';
import { WorkQueue } from './work-queue';

const OPTIONS = { inFlightMax: 2, sliceMs: 5 };
const turns = async (count = 20): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

/** A queue whose passes end when `end` is called with their key. */
function heldQueue() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const reconcile = (key: string): Promise<void> => {
    begun.push(key);
    return new Promise((resolve) => ends.set(key, resolve));
  };
  return { queue: new WorkQueue<string>(reconcile, OPTIONS), begun, end: (key: string) => ends.get(key)?.() };
}

describe('a work queue', () => {
  it('reconciles a key once, no matter how often it was added before', async () => {
    const { queue, begun } = heldQueue();
    for (let time = 0; time < 5; time += 1) queue.add('a');
    await turns();
    expect(begun).toEqual(['a']);
  });

  it('reconciles a key again that was added during its pass, and never twice at the same time', async () => {
    const { queue, begun, end } = heldQueue();
    queue.add('a');
    await turns();
    queue.add('a');
    await turns();
    expect(begun).toEqual(['a']);
    end('a');
    await turns();
    expect(begun).toEqual(['a', 'a']);
  });

  it('runs at most inFlightMax passes at the same time, in the order in which keys were added', async () => {
    const { queue, begun, end } = heldQueue();
    for (const key of ['a', 'b', 'c', 'd']) queue.add(key);
    await turns();
    expect(begun).toEqual(['a', 'b']);
    end('b');
    await turns();
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  it('keeps one delay per key, and cancels it when the key is reconciled earlier', async () => {
    const { queue, begun, end } = heldQueue();
    queue.addAfter('a', 5);
    queue.addAfter('a', 60_000);
    queue.addAfter('b', 5);
    await expect.poll(() => begun).toEqual(['b']);
    queue.add('a');
    await turns();
    end('a');
    end('b');
    await queue.close();
    expect(begun).toEqual(['b', 'a']);
  });

  it('closes when the running passes have ended, and starts no other', async () => {
    const { queue, begun, end } = heldQueue();
    for (const key of ['a', 'b', 'c']) queue.add(key);
    await turns();
    let closed = false;
    const closing = queue.close().then(() => (closed = true));
    await turns();
    expect(closed).toBe(false);
    end('a');
    end('b');
    await closing;
    queue.add('d');
    await turns();
    expect(begun).toEqual(['a', 'b']);
  });
});
