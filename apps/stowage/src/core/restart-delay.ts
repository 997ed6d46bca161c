/** How long to wait before a process that died is started again. */
export interface RestartPolicy {
  readonly firstDelayMs: number;
  readonly delayMaxMs: number;
  /** Having run so long, a process is well, and its earlier deaths are forgotten. */
  readonly wellAfterMs: number;
}

export const RESTART_POLICY: RestartPolicy = { firstDelayMs: 100, delayMaxMs: 10_000, wellAfterMs: 30_000 };

export interface Deaths {
  /** In a row, without having been well in between. */
  readonly count: number;
  readonly delayMs: number;
}

export const NO_DEATHS: Deaths = { count: 0, delayMs: 0 };

/** What follows from one more death, after the process had run for `ranMs`. */
export function afterDeath(before: Deaths, ranMs: number, policy: RestartPolicy): Deaths {
  if (before.count === 0 || ranMs >= policy.wellAfterMs) return { count: 1, delayMs: policy.firstDelayMs };
  return { count: before.count + 1, delayMs: Math.min(before.delayMs * 2, policy.delayMaxMs) };
}
