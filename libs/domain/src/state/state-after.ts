import type { EpochMs } from '../ids';
import { applyEvent } from './apply-event';
import type { ReadonlyClusterState } from './cluster-state';
import type { DomainEvent } from './events';
import { type KeyOf, perKind, type RecordKind, type RecordOf, RECORDS } from './records';
import type { StateStore } from './state-store';

/**
 * Returns the records of a state after applying `events` at `at`, without changing the state. Command handlers build
 * their response from it. Unlike the fold, it keeps records that are over: STOPPED tasks and INACTIVE services.
 */
export function stateAfter(state: ReadonlyClusterState, events: readonly DomainEvent[], at: EpochMs): StateStore {
  const after = new StateAfter(state);
  for (const event of events) applyEvent(after, event, { at });
  return after;
}

/** Changed records. Undefined stands for a deleted record. */
type Changes = { readonly [Kind in RecordKind]: Map<KeyOf<Kind>, RecordOf<Kind> | undefined> };

class StateAfter implements StateStore {
  private readonly changes = perKind<Changes>(() => new Map<never, never>());

  constructor(private readonly before: ReadonlyClusterState) {}

  get<Kind extends RecordKind>(kind: Kind, key: KeyOf<Kind>): RecordOf<Kind> | undefined {
    const changed = this.changes[kind];
    return changed.has(key) ? changed.get(key) : this.before.get(kind, key);
  }

  put<Kind extends RecordKind>(kind: Kind, record: RecordOf<Kind>): void {
    this.changes[kind].set(RECORDS[kind].key(record), record);
  }

  delete<Kind extends RecordKind>(kind: Kind, key: KeyOf<Kind>): void {
    this.changes[kind].set(key, undefined);
  }
}
