import type { JournalPosition } from './agent-protocol';

/** What an agent makes of a position that came with an answer, given the highest one that it has seen. */
export type PositionVerdict = 'current' | 'stale' | 'another-journal';

/** An older answer may never take work away; a position of another journal is never acted on. */
export function judgePosition(seen: JournalPosition | undefined, answered: JournalPosition): PositionVerdict {
  if (!seen) return 'current';
  if (seen.journal !== answered.journal) return 'another-journal';
  return answered.sequence >= seen.sequence ? 'current' : 'stale';
}

/** The higher of two positions of one journal; of another journal nothing is believed. */
export function highestPosition(seen: JournalPosition | undefined, answered: JournalPosition): JournalPosition {
  return !seen || (seen.journal === answered.journal && answered.sequence > seen.sequence) ? answered : seen;
}
