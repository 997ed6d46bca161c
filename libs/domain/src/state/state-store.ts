import type { KeyOf, RecordKind, RecordOf } from './records';

/**
 * Where records are kept while events are applied. `ClusterState` keeps them in memory; the projector keeps those that a
 * batch touches, loaded from and written back to Postgres. Both use one `applyEvent`, so they cannot differ.
 */
export interface StateStore {
  get<Kind extends RecordKind>(kind: Kind, key: KeyOf<Kind>): RecordOf<Kind> | undefined;
  /** A record that is over is put once, last; a store that keeps no history forgets it then. */
  put<Kind extends RecordKind>(kind: Kind, record: RecordOf<Kind>): void;
  delete<Kind extends RecordKind>(kind: Kind, key: KeyOf<Kind>): void;
}

/** The keys of the records that applying an event reads or writes: a store that loads on demand loads them first. */
export type TouchedRecords = { readonly [Kind in RecordKind]?: readonly KeyOf<Kind>[] };
