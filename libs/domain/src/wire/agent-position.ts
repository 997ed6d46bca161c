import type { JournalPosition } from './agent-protocol';

/** An agent's judgement of the position in a response, compared with the highest one that it has seen. */
export type PositionVerdict = 'current' | 'stale' | 'another-journal';

/**
 * Returns the verdict. The agent must not remove tasks because of an older response, and must not act on a position
 * from a different journal.
 */
export function judgePosition(seen: JournalPosition | undefined, answered: JournalPosition): PositionVerdict {
  if (!seen) return 'current';
  if (seen.journal !== answered.journal) return 'another-journal';
  return answered.sequence >= seen.sequence ? 'current' : 'stale';
}

/** Returns the higher of two positions of one journal. Positions from a different journal are ignored. */
export function highestPosition(seen: JournalPosition | undefined, answered: JournalPosition): JournalPosition {
  return !seen || (seen.journal === answered.journal && answered.sequence > seen.sequence) ? answered : seen;
}
