import { describe, expect, it } from 'vitest';
import { JournalUnavailable } from '../journal-errors';
import { Gate } from './gate';

describe('a gate', () => {
  it('lets so many in at once, the others in order, and refuses when too many wait', async () => {
    const gate = new Gate({ insideMax: 2, waitingMax: 3, waitMs: 1_000 });
    const leave: (() => void)[] = [];
    const entered: number[] = [];
    const enter = (who: number): Promise<number> =>
      gate.pass(async () => {
        entered.push(who);
        await new Promise<void>((resolve) => leave.push(resolve));
        return who;
      });
    const visits = [0, 1, 2, 3, 4].map(enter);
    await expect(enter(5)).rejects.toBeInstanceOf(JournalUnavailable);
    expect(entered).toEqual([0, 1]);
    for (let at = 0; at < 5; at += 1) {
      leave[at]?.();
      await visits[at];
      await Promise.resolve();
    }
    expect(entered).toEqual([0, 1, 2, 3, 4]);
    expect(await Promise.all(visits)).toEqual([0, 1, 2, 3, 4]);
  });

  it('lets nobody wait for ever, and forgets who left', async () => {
    const gate = new Gate({ insideMax: 1, waitMs: 20 });
    let leave = (): void => undefined;
    const long = gate.pass(() => new Promise<void>((resolve) => (leave = resolve)));
    await expect(gate.pass(() => Promise.resolve('never'))).rejects.toThrow(
      'did not get to a transaction within 20 ms',
    );
    leave();
    await long;
    expect(await gate.pass(() => Promise.resolve('next'))).toBe('next');
  });

  it('gives the place on when the work fails', async () => {
    const gate = new Gate({ insideMax: 1, waitMs: 1_000 });
    await expect(gate.pass(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await gate.pass(() => Promise.resolve('yes'))).toBe('yes');
  });
});
