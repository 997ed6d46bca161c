/** An expectation of a transaction did not hold. The one error that callers may retry, after deciding again. */
export class JournalConflict extends Error {
  override readonly name = 'JournalConflict';
}

/** The journal could not be reached or did not answer in time; whether a write was stored is unknown. */
export class JournalUnavailable extends Error {
  override readonly name = 'JournalUnavailable';
}

/** A position that belongs to another journal or lies beyond the end. Never act on it: raise an alarm. */
export class PositionRefused extends Error {
  override readonly name = 'PositionRefused';
}

export function beyondEnd(sequence: number, end: number): PositionRefused {
  return new PositionRefused(`The journal ends at ${String(end)}, before ${String(sequence)}.`);
}
