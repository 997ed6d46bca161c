import type { EpochMs } from '../ids';
import { applyEvent } from './apply-event';
import type { ReadonlyClusterState } from './cluster-state';
import type { DomainEvent } from './events';
import { type KeyOf, perKind, type RecordKind, type RecordOf, RECORDS } from './records';
import type { StateStore } from './state-store';

/**
 * The records of a state after `events` are applied at `at`; the state itself is unchanged. The owner of a command
 * answers with it. Unlike a fold it also keeps records that are over: STOPPED tasks and INACTIVE services.
 */
export function stateAfter(state: ReadonlyClusterState, events: readonly DomainEvent[], at: EpochMs): StateStore {
  const after = new StateAfter(state);
  for (const event of events) applyEvent(after, event, { at });
  return after;
}

/** The records that were put; undefined stands for one that was deleted. */
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
