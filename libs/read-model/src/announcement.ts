import { type JournalId, journalId } from '@stowage/domain';

/**
 * Postgres channel on which each projecting transaction announces its position. Postgres delivers the notification
 * after the commit.
 */
export const POSITION_CHANNEL = 'stowage_projected';

/** Position in the journal up to which the rows are projected. */
export interface ProjectedUpTo {
  /** Undefined until the first event is projected. */
  readonly journal: JournalId | undefined;
  readonly position: number;
}

export function announcementOf({ journal, position }: ProjectedUpTo): string {
  return JSON.stringify([journal ?? null, position]);
}

/** Returns undefined for a payload of another shape: every client that may connect to Postgres may also notify. */
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
