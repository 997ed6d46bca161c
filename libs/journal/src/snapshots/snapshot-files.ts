import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { JournalId } from '@stowage/domain';
import type { FoldedState } from '../follower';
import { FoldRestoration, linesOf, type SnapshotHeader, type SnapshotLine } from './state-lines';

/** Lowest number of kept snapshots: the newest, and the previous one in case that the newest is damaged. */
export const SNAPSHOTS_KEPT = 2;
/** Time in milliseconds after which the serialisation of records yields to the event loop. */
const SLICE_MS = 4;
const SLICE_LINES = 50;
/** A temporary file untouched for this long belongs to a dead process. */
const PART_IDLE_MS = 10 * 60 * 1_000;
/** Bytes that are unpacked at a time when a snapshot is read. */
const CHUNK_BYTES = 256 * 1_024;

/** The snapshots of one data folder. */
export class SnapshotFiles {
  constructor(
    private readonly directory: string,
    private readonly fold: string,
  ) {}

  /** Returns the positions of the snapshots for this journal and this code, newest first. */
  async positions(journal: JournalId): Promise<readonly number[]> {
    const names = await readdir(this.directory).catch(() => []);
    return names
      .map((name) => this.positionIn(name, journal))
      .filter((position) => position !== undefined)
      .sort((a, b) => b - a);
  }

  async hasOfOtherCode(journal: JournalId): Promise<boolean> {
    const names = await readdir(this.directory).catch(() => []);
    return names.some((name) => name.startsWith(`${journal}-`) && !name.startsWith(`${journal}-${this.fold}-`));
  }

  /**
   * Writes `folded` as it is at the time of the call. It blocks the event loop for at most `SLICE_MS` at a time;
   * compression and writing run on other threads. The file appears completely or not at all.
   */
  async write(folded: FoldedState, journal: JournalId): Promise<void> {
    const header: SnapshotHeader = { fold: this.fold, journal, position: folded.position };
    const lines = linesOf(folded, header);
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const path = join(this.directory, this.nameOf(header));
    const part = `${path}.${String(process.pid)}.part`;
    const file = await open(part, 'w', 0o600);
    try {
      await pipeline(Readable.from(slicesOf(lines)), createGzip({ level: 1 }), file.createWriteStream({ flush: true }));
      await rename(part, path);
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
    await this.removeOld(journal);
    await this.removeAbandoned();
  }

  /** @throws Error if the file is damaged or does not match its name */
  async read(journal: JournalId, position: number): Promise<FoldedState> {
    const path = join(this.directory, this.nameOf({ fold: this.fold, journal, position }));
    const restoration = new FoldRestoration();
    await pipeline(
      createReadStream(path),
      createGunzip({ chunkSize: CHUNK_BYTES }),
      async (unpacked: AsyncIterable<Buffer>) => {
        for await (const lines of linesIn(unpacked)) {
          for (const line of lines) restoration.add(JSON.parse(line) as SnapshotLine);
        }
      },
    );
    const { header } = restoration;
    if (header?.fold !== this.fold || header.journal !== journal || header.position !== position) {
      throw new Error(`${path} does not match its name.`);
    }
    return restoration.done();
  }

  private nameOf({ fold, journal, position }: SnapshotHeader): string {
    return `${journal}-${fold}-${String(position)}.ndjson.gz`;
  }

  private positionIn(name: string, journal: JournalId): number | undefined {
    const prefix = `${journal}-${this.fold}-`;
    if (!name.startsWith(prefix) || !name.endsWith('.ndjson.gz')) return undefined;
    return Number.parseInt(name.slice(prefix.length), 10);
  }

  /**
   * Removes old snapshots of this code and journal. Those of other code and journals stay, because they may be started
   * again.
   */
  private async removeOld(journal: JournalId): Promise<void> {
    for (const position of thinnedOut(await this.positions(journal))) {
      await rm(join(this.directory, this.nameOf({ fold: this.fold, journal, position })), { force: true });
    }
  }

  private async removeAbandoned(): Promise<void> {
    for (const name of await readdir(this.directory)) {
      if (!name.endsWith('.part')) continue;
      const path = join(this.directory, name);
      // Other processes write here too, so the file may already have its final name.
      const idleMs = await stat(path).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => 0,
      );
      if (idleMs > PART_IDLE_MS) await rm(path, { force: true });
    }
  }
}

/**
 * Returns the `positions` (newest first) that may be removed. Fewer are kept the older they are: about one per doubling
 * of the distance. Reads of the past are folded from them.
 */
export function thinnedOut(positions: readonly number[]): readonly number[] {
  const [newest = 0, ...older] = positions;
  const nearest = Math.max(1, newest - (older[0] ?? newest));
  return older.slice(SNAPSHOTS_KEPT - 1).filter((position, at, all) => {
    const doublingOf = (each: number): number => Math.floor(Math.log2((newest - each) / nearest));
    // The oldest one of each distance stays. A newer one would move with the next snapshot, and the distant past would
    // be lost.
    const next = all[at + 1];
    return next !== undefined && doublingOf(next) === doublingOf(position);
  });
}

/**
 * Yields all complete lines of a chunk at once. One microtask per line would cost as much as parsing it, and decoding
 * chunk by chunk costs twice as much as decoding whole lines.
 */
async function* linesIn(chunks: AsyncIterable<Buffer>): AsyncGenerator<readonly string[]> {
  let rest: readonly Buffer[] = [];
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf('\n');
    if (end < 0) rest = [...rest, chunk];
    else {
      yield Buffer.concat([...rest, chunk.subarray(0, end)])
        .toString()
        .split('\n');
      rest = [chunk.subarray(end + 1)];
    }
  }
}

async function* slicesOf(lines: readonly SnapshotLine[]): AsyncGenerator<string> {
  let text = '';
  let began = performance.now();
  for (let at = 0; at < lines.length; at += SLICE_LINES) {
    for (const line of lines.slice(at, at + SLICE_LINES)) text += `${JSON.stringify(line)}\n`;
    if (performance.now() - began < SLICE_MS) continue;
    yield text;
    text = '';
    await new Promise((resolve) => setImmediate(resolve));
    began = performance.now();
  }
  yield text;
}
