import { invalidParameter } from '@stowage/domain';
import { type Journal, PositionRefused } from '@stowage/journal';

/** The position before what comes after `after`. @throws Refusal when that lies beyond the journal's end. */
export async function checkedAfter(journal: Journal, after: number): Promise<number> {
  try {
    return await journal.positionBefore(after);
  } catch (error) {
    if (!(error instanceof PositionRefused)) throw error;
    throw invalidParameter(`from: ${error.message} Sequences of another journal mean nothing here.`);
  }
}
