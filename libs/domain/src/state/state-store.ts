import type { KeyOf, RecordKind, RecordOf } from './records';

/**
 * Storage for records while events are applied. `ClusterState` keeps them in memory. The projector keeps the records
 * that a batch touches, and reads and writes them in Postgres. Both use one `applyEvent`, so they cannot diverge.
 */
export interface StateStore {
  get<Kind extends RecordKind>(kind: Kind, key: KeyOf<Kind>): RecordOf<Kind> | undefined;
  /** A record that is over is put one last time. A store without history then removes it. */
  put<Kind extends RecordKind>(kind: Kind, record: RecordOf<Kind>): void;
  delete<Kind extends RecordKind>(kind: Kind, key: KeyOf<Kind>): void;
}

/** Keys of the records that applying an event reads or writes. A store that loads on demand loads them first. */
export type TouchedRecords = { readonly [Kind in RecordKind]?: readonly KeyOf<Kind>[] };
