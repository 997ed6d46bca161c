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

/** Records that may be kept from batch to batch, at some 5 kB. */
const RECORDS_MAX = 20_000;

type RecordsByKind = { readonly [Kind in RecordKind]: Records<RecordOf<Kind>> };

/**
 * The records that a batch touches, loaded before and written back after. `applyEvent` works on it as it does on
 * `ClusterState`, so the rows cannot come to mean anything else. Kinds without a table are not kept: to an event they
 * are unknown.
 */
export class WorkingSet implements StateStore {
  readonly clientTokens = new Map<string, ClientTokenUse>();
  private readonly records = perKind<RecordsByKind>((kind) => new Records<never>(kind));
  private sequence: number;

  /** `position`: up to where the rows sum up the journal that records are loaded from. */
  constructor(position: number) {
    this.sequence = position;
  }

  /** How far the records are. */
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

  /** Everything is in the tables. What is unlikely to be needed again is let go, and all when it gets too much. */
  settle(): void {
    for (const kind of RECORD_KINDS) settle(kind, this.of(kind));
    this.clientTokens.clear();
  }

  get isFull(): boolean {
    return RECORD_KINDS.reduce((size, kind) => size + this.of(kind).size, 0) > RECORDS_MAX;
  }

  /** The records of one kind as the tables have them, those that are over included. */
  of<Kind extends RecordKind>(kind: Kind): RecordsByKind[Kind] {
    return this.records[kind];
  }

  get<Kind extends RecordKind>(kind: Kind, key: KeyOf<Kind>): RecordOf<Kind> | undefined {
    if (!TABLES[kind]) return undefined;
    const record = this.records[kind].get(key);
    // The fold forgets what is over. Its row stays, but no event may find it any more.
    return record !== undefined && RECORDS[kind].isOver?.(record) ? undefined : record;
  }

  put<Kind extends RecordKind>(kind: Kind, record: RecordOf<Kind>): void {
    if (TABLES[kind]) this.records[kind].put(RECORDS[kind].key(record), record, this.sequence);
  }

  delete<Kind extends RecordKind>(kind: Kind, key: KeyOf<Kind>): void {
    invariant(RECORDS[kind].isDeletable, `Records of kind ${kind} are never deleted.`);
    if (TABLES[kind]) this.records[kind].remove(key);
  }

  /** One request may place on several instances: the tasks of one transaction add up, a later transaction replaces. */
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
