import { ClusterState, invariant, type JournalId, RECORD_KINDS, type RecordKind, type RecordOf } from '@stowage/domain';
import type { FoldedState } from '../follower';
import type { Subject } from '../journal';
import { LastSequences } from '../last-sequences';
import { RecentKeys } from '../recent-keys';

/** First line of a snapshot. */
export interface SnapshotHeader {
  readonly fold: string;
  readonly journal: JournalId;
  readonly position: number;
}

/** A record of the named kind. */
interface RecordLine {
  readonly kind: RecordKind;
  readonly record: RecordOf<RecordKind>;
}

/** One line of a snapshot: a header, one line per record, and finally the number of lines before. */
export type SnapshotLine =
  | { readonly header: SnapshotHeader }
  | RecordLine
  | { readonly last: readonly [Subject, number] }
  | { readonly key: readonly [string, number] }
  | { readonly end: number };

/**
 * Returns a fold as lines. The references to all records are copied at once, which is a consistent cut, because records
 * never change; only the maps do. The caller converts records to text, which is expensive, in slices.
 */
export function linesOf(folded: FoldedState, header: SnapshotHeader): readonly SnapshotLine[] {
  const { state, lastSequences, keys } = folded;
  const lines: SnapshotLine[] = [
    { header },
    ...RECORD_KINDS.flatMap((kind) => lined(state.all(kind).values(), (record) => ({ kind, record }))),
    ...lined(lastSequences.entries(), (last) => ({ last })),
    ...lined(keys.entries(), (key) => ({ key })),
  ];
  lines.push({ end: lines.length });
  return lines;
}

function lined<Item>(items: Iterable<Item>, line: (item: Item) => SnapshotLine): SnapshotLine[] {
  return Array.from(items, line);
}

/** Rebuilds a fold line by line. */
export class FoldRestoration {
  private readonly state = new ClusterState();
  private readonly last: (readonly [Subject, number])[] = [];
  private readonly keys: (readonly [string, number])[] = [];
  private lines = 0;
  private complete = false;
  private read: SnapshotHeader | undefined;

  get header(): SnapshotHeader | undefined {
    return this.read;
  }

  add(line: SnapshotLine): void {
    invariant(!this.complete, 'Nothing comes after the end of a snapshot.');
    if ('end' in line) {
      invariant(line.end === this.lines, 'A snapshot has the number of lines in its last line.');
      this.complete = true;
      return;
    }
    this.lines += 1;
    if ('header' in line) this.read = line.header;
    else if ('last' in line) this.last.push(line.last);
    else if ('key' in line) this.keys.push(line.key);
    else this.state.put(line.kind, line.record);
  }

  done(): FoldedState {
    invariant(this.complete && this.read, 'A snapshot has a header and an end.');
    return {
      state: this.state,
      position: this.read.position,
      lastSequences: new LastSequences(this.last),
      keys: new RecentKeys(this.keys),
    };
  }
}
