/**
 * Thrown when an expectation of a transaction failed. It is the only error that callers may retry, after they have
 * decided again.
 */
export class JournalConflict extends Error {
  override readonly name = 'JournalConflict';
}

/** Thrown when the journal could not be reached or did not answer in time. It is unknown whether a write was stored. */
export class JournalUnavailable extends Error {
  override readonly name = 'JournalUnavailable';
}

/** Thrown for a position that belongs to another journal or lies beyond the end. Never act on it; raise an alarm. */
export class PositionRefused extends Error {
  override readonly name = 'PositionRefused';
}

export function beyondEnd(sequence: number, end: number): PositionRefused {
  return new PositionRefused(`The journal ends at ${String(end)}, before ${String(sequence)}.`);
}
