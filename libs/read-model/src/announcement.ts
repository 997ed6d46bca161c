import { type JournalId, journalId } from '@stowage/domain';

/** Postgres' channel on which every projecting transaction says how far it came; heard when it is committed. */
export const POSITION_CHANNEL = 'stowage_projected';

/** How far the rows are. */
export interface ProjectedUpTo {
  /** Undefined while nothing is projected. */
  readonly journal: JournalId | undefined;
  readonly position: number;
}

export function announcementOf({ journal, position }: ProjectedUpTo): string {
  return JSON.stringify([journal ?? null, position]);
}

/** Of a payload that is none of ours, undefined: anyone who may connect may notify. */
export function readAnnouncement(payload: string | undefined): ProjectedUpTo | undefined {
  try {
    const parsed: unknown = JSON.parse(payload ?? '');
    if (!Array.isArray(parsed)) return undefined;
    const [journal, position] = parsed as readonly unknown[];
    if (typeof position !== 'number' || (journal !== null && typeof journal !== 'string')) return undefined;
    return { journal: journal === null ? undefined : journalId(journal), position };
  } catch {
    return undefined;
  }
}
