import { join } from 'node:path';
import type { FoldedState, Follower } from '../follower';
import type { Journal } from '../journal';
import { RUNNING_FOLD } from './fold-version';
import { SnapshotFiles } from './snapshot-files';

/** Callbacks for events of snapshots that an operator should see. */
export interface SnapshotReports {
  /** A snapshot could not be written or read. The journal alone is sufficient. */
  readonly onTrouble: (message: string, error: unknown) => void;
  /** All snapshots belong to other code: the journal is folded from its start. */
  readonly onReplay: (message: string) => void;
  /** A snapshot lies beyond the journal's end: acknowledged writes are missing from the journal. */
  readonly onAlarm: (message: string) => void;
}

/** Returns the newest snapshot from which this code can continue, or undefined: fold the journal from its start. */
export async function newestSnapshot(
  dataDir: string,
  journal: Journal,
  reports: SnapshotReports,
): Promise<FoldedState | undefined> {
  const files = filesIn(dataDir);
  const [end, positions] = [await journal.lastSequence(), await files.positions(journal.id)];
  if (positions.length === 0 && (await files.hasOfOtherCode(journal.id))) {
    reports.onReplay(
      `The code that folds has changed since the last snapshot: ${String(end)} events are folded from scratch.`,
    );
  }
  for (const position of positions) {
    if (position > end) {
      reports.onAlarm(
        `A snapshot is at ${String(position)}, but the journal ends at ${String(end)}: writes are missing.`,
      );
      continue;
    }
    try {
      return await files.read(journal.id, position);
    } catch (error) {
      reports.onTrouble(`The snapshot at ${String(position)} cannot be read; trying an older one.`, error);
    }
  }
  return undefined;
}

/** Returns the nearest readable snapshot at or before `position`, or undefined. */
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
  /** Number of events since the newest snapshot in the folder after which the next one is due. */
  readonly events: number;
  readonly checkMs: number;
}

/** Writes snapshots of a follower's fold while it runs. */
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
        .catch((error: unknown) => this.reports.onTrouble('Failed to write a snapshot.', error))
        .finally(() => (this.writing = undefined));
    }, checkMs);
    this.timer.unref();
  }

  /** Processes that share a folder share its snapshots: the first one that finds one due writes it. */
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
