import type { EpochMs } from '../ids';
import type { EventKind, EventOf } from './records';
import type { StateStore, TouchedRecords } from './state-store';

/** How the events of a kind are applied when they change more than the one record that each of them is about. */
export interface EventApplication<Kind extends EventKind> {
  readonly apply: (store: StateStore, event: EventOf<Kind>, at: EpochMs) => void;
  readonly touched: (event: EventOf<Kind>) => TouchedRecords;
}
