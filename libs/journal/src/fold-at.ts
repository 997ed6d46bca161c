import { applyEvent, ClusterState } from '@stowage/domain';
import { SLICE_EVENTS_MAX } from './follower';
import type { Journal } from './journal';

/** The state at a position of the past, which lies between two transactions: folded anew, so that it takes a while. */
export async function foldAt(journal: Journal, position: number): Promise<ClusterState> {
  const state = new ClusterState();
  if (position === 0) return state;
  const ended = new AbortController();
  let inSlice = 0;
  for await (const { events, sequence } of journal.follow(0, ended.signal)) {
    if (sequence > position) break;
    for (const stored of events) applyEvent(state, stored.event, stored);
    if (sequence === position) break;
    inSlice += events.length;
    if (inSlice < SLICE_EVENTS_MAX) continue;
    inSlice = 0;
    await new Promise((resolve) => setImmediate(resolve));
  }
  ended.abort();
  return state;
}
