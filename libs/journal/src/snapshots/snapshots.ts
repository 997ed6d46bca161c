import { join } from 'node:path';
import type { FoldedState, Follower } from '../follower';
import type { Journal } from '../journal';
import { RUNNING_FOLD } from './fold-version';
import { SnapshotFiles } from './snapshot-files';

/** What happens to snapshots that somebody should know of. */
export interface SnapshotReports {
  /** A snapshot could not be written or read; the journal is all that is needed. */
  readonly onTrouble: (message: string, error: unknown) => void;
  /** There are snapshots, and all are of other code: the journal is folded from its beginning. */
  readonly onReplay: (message: string) => void;
  /** A snapshot lies beyond the journal's end: acknowledged writes are gone from the journal. */
  readonly onAlarm: (message: string) => void;
}

/** The newest snapshot that this code can go on from; undefined: fold the journal from its beginning. */
export async function newestSnapshot(
  dataDir: string,
  journal: Journal,
  reports: SnapshotReports,
): Promise<FoldedState | undefined> {
  const files = filesIn(dataDir);
  const [end, positions] = [await journal.lastSequence(), await files.positions(journal.id)];
  if (positions.length === 0 && (await files.hasOfOtherCode(journal.id))) {
    reports.onReplay(`The code that folds has changed since the last snapshot: ${String(end)} events are folded anew.`);
  }
  for (const position of positions) {
    if (position > end) {
      reports.onAlarm(
        `A snapshot stands at ${String(position)}, the journal ends at ${String(end)}: writes are missing.`,
      );
      continue;
    }
    try {
      return await files.read(journal.id, position);
    } catch (error) {
      reports.onTrouble(`The snapshot at ${String(position)} can't be read; an older one will do.`, error);
    }
  }
  return undefined;
}

/** The nearest snapshot at or before `position`; undefined: there is none that can be read. */
export async function snapshotBefore(
  dataDir: string,
  journal: Journal,
  position: number,
): Promise<FoldedState | undefined> {
  const files = filesIn(dataDir);
  for (const candidate of await files.positions(journal.id)) {
    const found = candidate <= position ? await files.read(journal.id, candidate).catch(() => undefined) : undefined;
    if (found) return found;
  }
  return undefined;
}

export interface SnapshotSchedule {
  /** A snapshot is due when so many events were folded since the newest one in the directory. */
  readonly events: number;
  readonly checkMs: number;
}

/** Writes snapshots of a follower's fold as it goes on. */
export class SnapshotWriter {
  private readonly files: SnapshotFiles;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> | undefined;

  constructor(
    dataDir: string,
    private readonly journal: Journal,
    private readonly follower: Follower,
    private readonly reports: SnapshotReports,
  ) {
    this.files = filesIn(dataDir);
  }

  start({ events, checkMs }: SnapshotSchedule): void {
    this.timer = setInterval(() => {
      this.writing ??= this.writeIfDue(events)
        .catch((error: unknown) => this.reports.onTrouble('A snapshot could not be written.', error))
        .finally(() => (this.writing = undefined));
    }, checkMs);
    this.timer.unref();
  }

  /** Processes that share a directory share its snapshots: whoever looks first after one is due writes it. */
  async writeIfDue(events: number): Promise<void> {
    const [newest = 0] = await this.files.positions(this.journal.id);
    if (this.follower.position - newest >= events) await this.files.write(this.follower.current, this.journal.id);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.writing;
  }
}

const filesIn = (dataDir: string): SnapshotFiles => new SnapshotFiles(join(dataDir, 'snapshots'), RUNNING_FOLD);
