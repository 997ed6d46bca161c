import {
  applyEvent,
  invariant,
  type KeyOf,
  perKind,
  RECORD_KINDS,
  type RecordKind,
  type RecordOf,
  RECORDS,
  type StateStore,
} from '@stowage/domain';
import type { CommittedTransaction, StoredEvent } from '@stowage/journal';
import { Records } from './records';
import { type ClientTokenUse, TABLES } from './tables';

/** Maximum number of records that are kept between batches. A record takes about 5 kB. */
const RECORDS_MAX = 20_000;

type RecordsByKind = { readonly [Kind in RecordKind]: Records<RecordOf<Kind>> };

/**
 * Records that a batch touches. They are loaded before the batch and written back after it. `applyEvent` changes them
 * with the same code as `ClusterState`, so that rows and fold cannot differ. Kinds without a table are not kept, and
 * events find no such record.
 */
export class WorkingSet implements StateStore {
  readonly clientTokens = new Map<string, ClientTokenUse>();
  private readonly records = perKind<RecordsByKind>((kind) => new Records<never>(kind));
  private sequence: number;

  /** `position`: position of the rows from which the records are loaded. */
  constructor(position: number) {
    this.sequence = position;
  }

  /** Position in the journal up to which the records are current. */
  get position(): number {
    return this.sequence;
  }

  apply({ events, sequence }: CommittedTransaction): void {
    const used = new Set<string>();
    for (const stored of events) {
      this.sequence = stored.sequence;
      applyEvent(this, stored.event, stored);
      this.noteClientToken(stored, used);
    }
    this.sequence = sequence;
  }

  /** Marks all changes as written to the tables. Drops records that no later event is likely to need. */
  settle(): void {
    for (const kind of RECORD_KINDS) settle(kind, this.of(kind));
    this.clientTokens.clear();
  }

  get isFull(): boolean {
    return RECORD_KINDS.reduce((size, kind) => size + this.of(kind).size, 0) > RECORDS_MAX;
  }

  /** Returns the records of one kind as the tables hold them, including those that are over. */
  of<Kind extends RecordKind>(kind: Kind): RecordsByKind[Kind] {
    return this.records[kind];
  }

  get<Kind extends RecordKind>(kind: Kind, key: KeyOf<Kind>): RecordOf<Kind> | undefined {
    if (!TABLES[kind]) return undefined;
    const record = this.records[kind].get(key);
    // The fold drops records that are over. Their rows remain, but events must not find them any more.
    return record !== undefined && RECORDS[kind].isOver?.(record) ? undefined : record;
  }

  put<Kind extends RecordKind>(kind: Kind, record: RecordOf<Kind>): void {
    if (TABLES[kind]) this.records[kind].put(RECORDS[kind].key(record), record, this.sequence);
  }

  delete<Kind extends RecordKind>(kind: Kind, key: KeyOf<Kind>): void {
    invariant(RECORDS[kind].isDeletable, `Records of kind ${kind} are never deleted.`);
    if (TABLES[kind]) this.records[kind].remove(key);
  }

  /**
   * A request may place tasks on several instances: the tasks of one transaction add up, and a later transaction
   * replaces them.
   */
  private noteClientToken({ event, at, sequence }: StoredEvent, usedInTransaction: Set<string>): void {
    if (event.type !== 'TasksPlaced' || !event.clientToken) return;
    const { cluster, clientToken } = event;
    const key = `${cluster}/${clientToken.tokenHash}`;
    const earlier = usedInTransaction.has(key) ? (this.clientTokens.get(key)?.tasks ?? []) : [];
    const tasks = [...earlier, ...event.tasks.map(({ id }) => id)];
    this.clientTokens.set(key, { cluster, ...clientToken, tasks, at, sequence });
    usedInTransaction.add(key);
  }
}

function settle<Kind extends RecordKind>(kind: Kind, records: Records<RecordOf<Kind>>): void {
  const { key, isOver } = RECORDS[kind];
  for (const { value } of records.changed) if (isOver?.(value)) records.forget(key(value));
  records.settle();
}
