import { describe, expect, it } from 'vitest';
import { JournalConflict, JournalUnavailable } from './journal-errors';
import { type CommitFault, MemoryJournal } from './memory-journal';
import { journalContract } from './testing/journal.contract';
import { clusterCreated, transaction } from './testing/transactions';

journalContract('MemoryJournal', () => {
  const journal = new MemoryJournal();
  return Promise.resolve({
    journal,
    // It looks up its own lost answers, as the JetStream journal does, so no difference is visible.
    commitWithLostAnswer: async (commit) => {
      await commit();
    },
    close: () => journal.close(),
  });
});

describe('faults of MemoryJournal', () => {
  it.each<[CommitFault, number, new (message: string) => Error]>([
    ['lost', 1, JournalUnavailable],
    ['unanswered', 2, JournalUnavailable],
    ['conflict', 1, JournalConflict],
  ])('%s leaves %i transactions', async (fault, count, kind) => {
    const journal = new MemoryJournal({ fault: () => fault });
    const commit = journal.commit(transaction([clusterCreated('c')]));
    await expect(commit).rejects.toBeInstanceOf(kind);
    expect(await journal.lastSequence()).toBe(count);
  });
});
