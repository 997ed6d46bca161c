/** Exponential backoff for restarts of a process that exited. */
export interface RestartPolicy {
  readonly firstDelayMs: number;
  readonly delayMaxMs: number;
  /** Running time after which a process counts as stable and earlier exits are ignored. */
  readonly stableAfterMs: number;
}

export const RESTART_POLICY: RestartPolicy = { firstDelayMs: 100, delayMaxMs: 10_000, stableAfterMs: 30_000 };

export interface Restarts {
  /** Number of consecutive exits without a stable run in between. */
  readonly count: number;
  readonly delayMs: number;
}

export const NO_RESTARTS: Restarts = { count: 0, delayMs: 0 };

/** Returns the state after one more exit of a process that had run for `ranMs`. */
export function afterExit(before: Restarts, ranMs: number, policy: RestartPolicy): Restarts {
  if (before.count === 0 || ranMs >= policy.stableAfterMs) return { count: 1, delayMs: policy.firstDelayMs };
  return { count: before.count + 1, delayMs: Math.min(before.delayMs * 2, policy.delayMaxMs) };
}
