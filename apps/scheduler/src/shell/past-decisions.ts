import { type ClusterName, type EpochMs, invalidParameter, type TaskId, type TasksPlaced } from '@stowage/domain';
import { type CommittedTransaction, type Journal, PastOutOfReach, type StoredEvent } from '@stowage/journal';
import type { Runtime } from '@stowage/runtime';
import type { PastDecision } from '../core/past-decision';

/** Upper bound of the difference between a writer's clock and the clock of the journal. */
export const CLOCK_SKEW_MS = 60_000;
/** Number of events after which the search yields to the event loop. */
const SLICE_EVENTS_MAX = 1_000;

export interface FoundDecision extends PastDecision {
  /** Sequence of the event that placed the task. */
  readonly sequence: number;
}

/** The task whose placement is searched. */
export interface DecisionAbout {
  readonly cluster: ClusterName;
  readonly task: TaskId;
  /** The creation time of a STOPPED task. The fold knows that of all other tasks. */
  readonly createdAt?: EpochMs;
}

/**
 * Returns the decision that placed a task.
 * @throws Refusal if the journal has no such placement, or none with its decision; PastOutOfReach if `signal` aborts
 * first
 */
export async function findDecision(
  { journal, fold }: Pick<Runtime, 'journal' | 'fold'>,
  { cluster, task, createdAt }: DecisionAbout,
  signal: AbortSignal,
): Promise<FoundDecision> {
  // The search starts at the creation time. Without a creation time, it covers the whole journal.
  const at = fold.state.tasks.get(task)?.createdAt ?? createdAt;
  const from = at === undefined ? 0 : await journal.positionAt(at - CLOCK_SKEW_MS);
  const transaction = await findPlacement(journal, { from, to: fold.position, signal }, (event) => {
    return event.cluster === cluster && event.tasks.some(({ id }) => id === task);
  });
  const placements = transaction ? transaction.events.flatMap(placementIn) : [];
  const own = placements.find(({ event }) => event.tasks.some(({ id }) => id === task));
  if (!own) throw invalidParameter('The referenced task was not found.');
  const basis = own.event.decision;
  if (!basis) throw invalidParameter('The journal does not record how this task was placed.');
  const isOwn = ({ event, cause }: Placement): boolean => event.decision?.seed === basis.seed && cause === own.cause;
  const first = placements.findIndex(isOwn);
  const before = placements.slice(0, first).map(({ event }) => event);
  return {
    task,
    basis,
    events: placements.filter(isOwn).map(({ event }) => event),
    counted: [...(await placementsBefore(journal, basis, signal)), ...before],
    sequence: own.sequence,
  };
}

interface Placement {
  readonly event: TasksPlaced;
  readonly cause: string;
  readonly sequence: number;
}

function placementIn({ event, cause, sequence }: StoredEvent): readonly Placement[] {
  return event.type === 'TasksPlaced' ? [{ event, cause, sequence }] : [];
}

/** Returns the placements of the scheduler's previous transaction if the state of the decision did not contain them. */
async function placementsBefore(
  journal: Journal,
  { position, after }: PastDecision['basis'],
  signal: AbortSignal,
): Promise<readonly TasksPlaced[]> {
  if (after === undefined || after <= position) return [];
  const from = await journal.positionBefore(after - 1);
  const transaction = await findPlacement(journal, { from, to: after, signal }, () => true, after);
  return transaction ? transaction.events.flatMap(placementIn).map(({ event }) => event) : [];
}

/**
 * Returns the first transaction in the range with a matching placement and, if `end` is given, with its last event at
 * `end`.
 */
async function findPlacement(
  journal: Journal,
  range: { readonly from: number; readonly to: number; readonly signal: AbortSignal },
  matches: (event: TasksPlaced) => boolean,
  end?: number,
): Promise<CommittedTransaction | undefined> {
  if (range.from >= range.to) return undefined;
  const found = new AbortController();
  let inSlice = 0;
  try {
    for await (const transaction of journal.follow(range.from, AbortSignal.any([found.signal, range.signal]))) {
      const isIt = transaction.events.some(({ event }) => event.type === 'TasksPlaced' && matches(event));
      if (isIt && (end === undefined || transaction.sequence === end)) return transaction;
      if (transaction.sequence >= range.to) return undefined;
      inSlice += transaction.events.length;
      if (inSlice < SLICE_EVENTS_MAX) continue;
      inSlice = 0;
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw new PastOutOfReach('The search for the decision in the journal took too long.');
  } finally {
    found.abort();
  }
}
