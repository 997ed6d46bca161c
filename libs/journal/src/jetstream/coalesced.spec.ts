import { describe, expect, it } from 'vitest';
import { Coalesced } from './coalesced';

describe('a shared question', () => {
  it('is asked once for those who came while it was not yet asked, and again for those after', async () => {
    const answers: ((answer: number) => void)[] = [];
    const shared = new Coalesced(() => new Promise<number>((resolve) => answers.push(resolve)));
    const first = shared.ask();
    const late = [shared.ask(), shared.ask()];
    expect(answers).toHaveLength(1);
    answers[0]?.(1);
    expect(await first).toBe(1);
    await Promise.resolve();
    expect(answers).toHaveLength(2);
    const later = shared.ask();
    answers[1]?.(2);
    expect(await Promise.all(late)).toEqual([2, 2]);
    await Promise.resolve();
    answers[2]?.(3);
    expect(await later).toBe(3);
  });

  it('is asked again after a failure, which only its askers hear of', async () => {
    let asked = 0;
    const shared = new Coalesced(() => ((asked += 1) === 1 ? Promise.reject(new Error('no')) : Promise.resolve(asked)));
    const [first, second] = await Promise.allSettled([shared.ask(), shared.ask()]);
    expect(first.status).toBe('rejected');
    expect(second).toEqual({ status: 'fulfilled', value: 2 });
    expect(await shared.ask()).toBe(3);
  });
});
