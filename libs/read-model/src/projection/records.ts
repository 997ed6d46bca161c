import { invariant } from '@stowage/domain';

/** A record to be written to a row, with the sequence of the last event that changed it. */
export interface ChangedRecord<Value> {
  readonly value: Value;
  readonly sequence: number;
}

/** Records of one table: the rows as they are in Postgres, and the changes of the current batch. */
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

  /** `undefined` means that there is no row with this key. */
  load(key: string, value: Value | undefined): void {
    this.values.set(key, value);
  }

  get(key: string): Value | undefined {
    invariant(this.values.has(key), `${this.table}: ${key} was not loaded.`);
    return this.values.get(key);
  }

  /** Putting the same object that `get` returned is not a change. */
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

  /** Marks the changes as written to the table. */
  settle(): void {
    this.changes.clear();
    this.removals.clear();
  }

  forget(key: string): void {
    this.values.delete(key);
  }
}
