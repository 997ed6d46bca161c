import { invariant, type TasksPlaced } from '@stowage/domain';
import type { Journal, StoredEvent } from '@stowage/journal';
import { RUN_TASK_COUNT_MAX } from '../core/run-task';

/** A placement as the journal recorded it. */
export interface EarlierPlacement {
  readonly event: TasksPlaced;
  readonly at: number;
}

/** Returns the placements of the request whose last event is at `sequence`: one per instance, in adjacent events. */
export async function earlierPlacements(
  journal: Journal,
  sequence: number,
  tokenHash: string | undefined,
): Promise<readonly EarlierPlacement[]> {
  const found: EarlierPlacement[] = [];
  let last: StoredEvent | undefined;
  // RunTask places at most this many tasks, in the worst case each on an instance of its own.
  for (let at = sequence; at > sequence - RUN_TASK_COUNT_MAX && at > 0; at -= 1) {
    const stored = await journal.read(at);
    if (!stored || (last && stored.transaction !== last.transaction)) break;
    // Other requests may have been committed in the same transaction.
    if (last && !isOf(stored, tokenHash)) break;
    invariant(stored.event.type === 'TasksPlaced', `Sequence ${String(at)} is not a placement.`);
    found.unshift({ event: stored.event, at: stored.at });
    last = stored;
  }
  return found;
}

const isOf = ({ event }: StoredEvent, tokenHash: string | undefined): boolean =>
  event.type === 'TasksPlaced' && event.clientToken?.tokenHash === tokenHash;
