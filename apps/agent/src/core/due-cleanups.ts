import type { EpochMs } from '@stowage/domain';

/** A task that may be cleaned up: it is over, and the control plane knows. */
export interface OverTask {
  readonly overSince: EpochMs;
  /** The service that it was of, unique over all clusters. */
  readonly service?: string;
}

export interface CleanupTerms {
  readonly now: EpochMs;
  readonly waitMs: number;
  /** At most this many stopped tasks of one service are kept. */
  readonly serviceTasksMax: number;
}

/** Those that were kept for long enough, and of each service those beyond the newest ones. */
export function dueCleanups<Over extends OverTask>(
  tasks: readonly Over[],
  { now, waitMs, serviceTasksMax }: CleanupTerms,
): readonly Over[] {
  const kept = new Map<string, number>();
  const newestFirst = [...tasks].sort((a, b) => b.overSince - a.overSince);
  return newestFirst.filter(({ overSince, service }) => {
    if (overSince <= now - waitMs) return true;
    if (service === undefined) return false;
    const before = kept.get(service) ?? 0;
    kept.set(service, before + 1);
    return before >= serviceTasksMax;
  });
}
