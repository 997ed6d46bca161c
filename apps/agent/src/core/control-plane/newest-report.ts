import { isForward, type TaskReport } from '@stowage/domain';

/**
 * The reports of one task that the control plane has not acknowledged: the newest one and, if it is STOPPED, an earlier
 * RUNNING. There are at most two, and the status never moves backwards.
 */
export interface Pending {
  readonly first: TaskReport;
  readonly then?: TaskReport;
}

/** Adds a report to the pending ones. */
export function newest(pending: Pending | undefined, report: TaskReport): Pending {
  if (!pending) return { first: report };
  const last = pending.then ?? pending.first;
  if (isForward(report.lastStatus, last.lastStatus)) return pending;
  if (report.lastStatus === 'STOPPED' && pending.first.lastStatus === 'RUNNING') {
    return { first: pending.first, then: report };
  }
  return { first: report };
}

/**
 * Returns the pending reports after the control plane accepted `acknowledged`. A report that replaced it in the
 * meantime stays pending.
 */
export function afterAcknowledged(pending: Pending, acknowledged: TaskReport): Pending | undefined {
  if (pending.first !== acknowledged) return pending;
  return pending.then && { first: pending.then };
}

/**
 * Returns true if `next` needs a report of its own after `reported`: a status, a health status, a binding or a reason
 * has changed. Changed ids, digests and pull times are sent with the next report.
 */
export function isNews(reported: TaskReport | undefined, next: TaskReport): boolean {
  return reported === undefined || JSON.stringify(essence(reported)) !== JSON.stringify(essence(next));
}

function essence({ lastStatus, stopCode, stoppedReason, containers }: TaskReport): unknown {
  const parts = containers.map(({ runtimeId: _runtimeId, imageDigest: _imageDigest, ...container }) => container);
  return { lastStatus, stopCode, stoppedReason, parts };
}
