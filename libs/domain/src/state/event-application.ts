import type { EpochMs } from '../ids';
import type { EventKind, EventOf } from './records';
import type { StateStore, TouchedRecords } from './state-store';

/** Application of the events of a kind that change more than one record each. */
export interface EventApplication<Kind extends EventKind> {
  readonly apply: (store: StateStore, event: EventOf<Kind>, at: EpochMs) => void;
  readonly touched: (event: EventOf<Kind>) => TouchedRecords;
}
