import { highestPosition, journalId, type JournalPosition, judgePosition, type PositionVerdict } from '@stowage/domain';
import type { LocalStore } from './local-store';

const DOCUMENT = 'position';

/**
 * Highest position of the journal that this agent has seen. It is kept on disk, so that the agent never acts on an
 * older answer, even after a restart.
 */
export class Positions {
  private highestSeen: JournalPosition | undefined;

  private constructor(private readonly store: LocalStore) {}

  static async load(store: LocalStore): Promise<Positions> {
    const positions = new Positions(store);
    const stored = (await store.read(DOCUMENT)) as Partial<JournalPosition> | undefined;
    if (typeof stored?.journal === 'string' && typeof stored.sequence === 'number') {
      positions.highestSeen = { journal: journalId(stored.journal), sequence: stored.sequence };
    }
    return positions;
  }

  get seen(): JournalPosition | undefined {
    return this.highestSeen;
  }

  judge(position: JournalPosition): PositionVerdict {
    return judgePosition(this.highestSeen, position);
  }

  /** Resolves when the position is on disk. Positions of a different journal are ignored. */
  async see(position: JournalPosition): Promise<void> {
    const next = highestPosition(this.highestSeen, position);
    if (next === this.highestSeen) return;
    this.highestSeen = next;
    await this.store.write(DOCUMENT, next);
  }
}
