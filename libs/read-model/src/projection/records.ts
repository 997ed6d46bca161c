import { invariant } from '@stowage/domain';

/** A record as a row is to hold it: with the sequence of the event that changed it last. */
export interface ChangedRecord<Value> {
  readonly value: Value;
  readonly sequence: number;
}

/** The records of one table that batches work on: what is in the table, and what the batch under way made of it. */
export class Records<Value> {
  private readonly values = new Map<string, Value | undefined>();
  private readonly changes = new Map<string, ChangedRecord<Value>>();
  private readonly removals = new Set<string>();

  constructor(private readonly table: string) {}

  get size(): number {
    return this.values.size;
  }

  has(key: string): boolean {
    return this.values.has(key);
  }

  /** `undefined`: there is no such row. */
  load(key: string, value: Value | undefined): void {
    this.values.set(key, value);
  }

  get(key: string): Value | undefined {
    invariant(this.values.has(key), `${this.table}: ${key} was not loaded.`);
    return this.values.get(key);
  }

  /** A record that is put as it was got is no change. */
  put(key: string, value: Value, sequence: number): void {
    if (this.values.get(key) === value) return;
    this.values.set(key, value);
    this.changes.set(key, { value, sequence });
    this.removals.delete(key);
  }

  remove(key: string): void {
    this.values.set(key, undefined);
    this.changes.delete(key);
    this.removals.add(key);
  }

  get changed(): readonly ChangedRecord<Value>[] {
    return [...this.changes.values()];
  }

  get removed(): readonly string[] {
    return [...this.removals];
  }

  /** The changes are in the table now. */
  settle(): void {
    this.changes.clear();
    this.removals.clear();
  }

  forget(key: string): void {
    this.values.delete(key);
  }
}
