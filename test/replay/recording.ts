import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  applyEvent,
  type KeyOf,
  perKind,
  RECORD_KINDS,
  type RecordKind,
  type RecordOf,
  RECORDS,
  type StateStore,
} from '@stowage/domain';
import { partOf } from '../../libs/journal/src/envelope';
import type { StoredEvent } from '@stowage/journal';

const FOLDER = join(__dirname, 'journals');
const SUFFIX = '.jsonl';

/** A message of the stream as it was stored: one line of a recording. */
export interface RecordedMessage {
  readonly subject: string;
  readonly sequence: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The names of all recordings, oldest first. */
export const recordings = (): readonly string[] =>
  readdirSync(FOLDER)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort();

export function readRecording(name: string): readonly RecordedMessage[] {
  const lines = readFileSync(join(FOLDER, `${name}${SUFFIX}`), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as RecordedMessage);
}

export function writeRecording(name: string, messages: readonly RecordedMessage[]): void {
  writeFileSync(join(FOLDER, `${name}${SUFFIX}`), messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
}

/** Path of the file with the folded state of a recording. */
export const stateFileOf = (name: string): string => join(FOLDER, `${name}.state.json`);

/** The events of a recording, lifted to today's versions as a follower of the journal lifts them. */
export function eventsOf(messages: readonly RecordedMessage[]): readonly StoredEvent[] {
  return messages.flatMap(({ subject, sequence, body }) => {
    const { event } = partOf({ subject, sequence, header: () => '', body: () => JSON.stringify(body) });
    return event ? [event] : [];
  });
}

type Kept = { readonly [Kind in RecordKind]: Map<KeyOf<Kind>, RecordOf<Kind>> };

/** The fold of a recording with its history: what is over stays as it was put last, but no event finds it again. */
export class History implements StateStore {
  private readonly kept = perKind<Kept>(() => new Map<never, never>());

  get<Kind extends RecordKind>(kind: Kind, key: KeyOf<Kind>): RecordOf<Kind> | undefined {
    const record = this.kept[kind].get(key);
    return record !== undefined && RECORDS[kind].isOver?.(record) ? undefined : record;
  }

  put<Kind extends RecordKind>(kind: Kind, record: RecordOf<Kind>): void {
    this.kept[kind].set(RECORDS[kind].key(record), record);
  }

  delete<Kind extends RecordKind>(kind: Kind, key: KeyOf<Kind>): void {
    this.kept[kind].delete(key);
  }

  all<Kind extends RecordKind>(kind: Kind): Iterable<RecordOf<Kind>> {
    return this.kept[kind].values();
  }

  /** All records by kind and key, as JSON has them. */
  get records(): Readonly<Record<string, unknown>> {
    return plain(Object.fromEntries(RECORD_KINDS.map((kind) => [kind, Object.fromEntries(this.kept[kind])])));
  }
}

export function foldOf(events: readonly StoredEvent[]): History {
  const history = new History();
  for (const { event, at } of events) applyEvent(history, event, { at });
  return history;
}

/** A copy with the members of every object in the order of their names. */
export function plain(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const sorted = (_: string, each: unknown): unknown =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each;
  return JSON.parse(JSON.stringify(value, sorted)) as Readonly<Record<string, unknown>>;
}
