import { type ClusterName, type EpochMs, invalidParameter, type TaskId, type TasksPlaced } from '@stowage/domain';
import { type CommittedTransaction, type Journal, PastOutOfReach, type StoredEvent } from '@stowage/journal';
import type { Runtime } from '@stowage/runtime';
import type { PastDecision } from '../core/past-decision';

/** A writer's clock and that of the journal may differ by so much. */
export const CLOCK_SKEW_MS = 60_000;
/** Events between two turns of the event loop. */
const SLICE_EVENTS_MAX = 1_000;

export interface FoundDecision extends PastDecision {
  /** Of the event that placed the task. */
  readonly sequence: number;
}

/** The task whose placement is looked for. */
export interface DecisionAbout {
  readonly cluster: ClusterName;
  readonly task: TaskId;
  /** When it is STOPPED, for a fold knows it of the others. */
  readonly createdAt?: EpochMs;
}

/**
 * The decision that placed a task. @throws Refusal when the journal has none, or not how it was made; PastOutOfReach
 * when `signal` aborts before it is found.
 */
export async function findDecision(
  { journal, fold }: Pick<Runtime, 'journal' | 'fold'>,
  { cluster, task, createdAt }: DecisionAbout,
  signal: AbortSignal,
): Promise<FoundDecision> {
  // With the time it is known about where its placement is; without it all of the journal is looked through.
  const at = fold.state.tasks.get(task)?.createdAt ?? createdAt;
  const from = at === undefined ? 0 : await journal.positionAt(at - CLOCK_SKEW_MS);
  const transaction = await findPlacement(journal, { from, to: fold.position, signal }, (event) => {
    return event.cluster === cluster && event.tasks.some(({ id }) => id === task);
  });
  const placements = transaction ? transaction.events.flatMap(placementIn) : [];
  const own = placements.find(({ event }) => event.tasks.some(({ id }) => id === task));
  if (!own) throw invalidParameter('The referenced task was not found.');
  const basis = own.event.decision;
  if (!basis) throw invalidParameter('It is not known how this task was placed.');
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

/** Those of the scheduler's transaction before, if that was not in the state that the decision was made on. */
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

/** The first transaction in the range with such a placement, and, if given, that ends at `end`. */
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
    throw new PastOutOfReach('Looking for the decision in the journal took too long.');
  } finally {
    found.abort();
  }
}
