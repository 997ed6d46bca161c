import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { CommittedTransaction } from './journal';
import { MemoryJournal } from './memory-journal';
import { PastOutOfReach, PastStates } from './past-states';

/** A journal that is slower than every timeout and then delivers nothing. */
class SlowJournal extends MemoryJournal {
  asked = 0;

  override async *follow(): AsyncGenerator<CommittedTransaction> {
    this.asked += 1;
    await pause(200);
  }
}

describe('states of the past', () => {
  it('that waited longer than their timeout are not computed', async () => {
    const journal = new SlowJournal();
    const states = new PastStates(journal, { dataDir: '/nowhere', eventsMax: 10, timeoutMs: 50, keptMax: 1 });
    const asked = await Promise.allSettled(Array.from({ length: 5 }, () => states.ownAt(1)));
    const reasons = asked.map((each) => each.status === 'rejected' && each.reason instanceof PastOutOfReach);
    expect(reasons).toEqual([true, true, true, true, true]);
    expect(journal.asked).toBe(1);
    await expect(states.ownAt(1)).rejects.toThrow('took longer than 50 ms');
    expect(journal.asked).toBe(2);
  });
});
