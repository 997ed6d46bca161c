import { invalidParameter } from '@stowage/domain';
import { type Journal, PositionRefused } from '@stowage/journal';

/**
 * Resolves with the last transaction's position at or before `after`.
 * @throws Refusal if `after` is beyond the journal's end.
 */
export async function checkedAfter(journal: Journal, after: number): Promise<number> {
  try {
    return await journal.positionBefore(after);
  } catch (error) {
    if (!(error instanceof PositionRefused)) throw error;
    throw invalidParameter(`from: ${error.message} A sequence of another journal is not valid here.`);
  }
}
