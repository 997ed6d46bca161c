import { isForward, type TaskReport } from '@stowage/domain';

/**
 * What is still to be said of one task: the newest report, and before it, when it is STOPPED, a RUNNING that was not
 * acknowledged yet. Never more than two, and never backwards.
 */
export interface Pending {
  readonly first: TaskReport;
  readonly then?: TaskReport;
}

/** Adds a report to what is to be said. */
export function newest(pending: Pending | undefined, report: TaskReport): Pending {
  if (!pending) return { first: report };
  const last = pending.then ?? pending.first;
  if (isForward(report.lastStatus, last.lastStatus)) return pending;
  if (report.lastStatus === 'STOPPED' && pending.first.lastStatus === 'RUNNING') {
    return { first: pending.first, then: report };
  }
  return { first: report };
}

/** What remains to be said after `acknowledged` was accepted; a newer one that came meanwhile stays. */
export function afterAcknowledged(pending: Pending, acknowledged: TaskReport): Pending | undefined {
  if (pending.first !== acknowledged) return pending;
  return pending.then && { first: pending.then };
}

/**
 * Whether `next` is worth a report of its own after `said`: a status, a health, a binding or a reason changed. Ids,
 * digests and pull times come to light in between; they go with the next change.
 */
export function isNews(said: TaskReport | undefined, next: TaskReport): boolean {
  return said === undefined || JSON.stringify(essence(said)) !== JSON.stringify(essence(next));
}

function essence({ lastStatus, stopCode, stoppedReason, containers }: TaskReport): unknown {
  const parts = containers.map(({ runtimeId: _runtimeId, imageDigest: _imageDigest, ...container }) => container);
  return { lastStatus, stopCode, stoppedReason, parts };
}
