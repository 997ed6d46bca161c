import type { EpochMs } from '@stowage/domain';

/** A stopped task whose end the control plane has acknowledged. */
export interface OverTask {
  readonly overSince: EpochMs;
  /** The service of the task, with a name that is unique across all clusters. */
  readonly service?: string;
}

export interface CleanupTerms {
  readonly now: EpochMs;
  readonly waitMs: number;
  /** Maximum number of stopped tasks of one service that are kept. */
  readonly serviceTasksMax: number;
}

/** Returns the tasks whose wait has passed, and all but the newest `serviceTasksMax` tasks of each service. */
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
