/** Present and past numbers of all instances of a fleet. */
export interface FleetStats {
  readonly instances: number;
  readonly registered: number;
  readonly refused: number;
  readonly cutOff: number;
  readonly starting: number;
  readonly running: number;
  readonly stopping: number;
  readonly started: number;
  readonly stopped: number;
  readonly failed: number;
  readonly heartbeats: number;
  readonly reports: number;
  /** Number of requests that were repeated because they got no answer. */
  readonly retries: number;
}

/** Returns the present numbers and the rates since `before`, as one line for the terminal. */
export function summaryLine(stats: FleetStats, before: FleetStats, seconds: number): string {
  const rate = (name: 'heartbeats' | 'reports' | 'started'): string =>
    ((stats[name] - before[name]) / Math.max(seconds, 1e-3)).toFixed(0);
  const refused = stats.refused > 0 ? `, ${String(stats.refused)} refused` : '';
  return [
    `${String(stats.registered)}/${String(stats.instances)} instances (${String(stats.cutOff)} cut off${refused})`,
    `tasks: ${String(stats.starting)} starting, ${String(stats.running)} running, ${String(stats.stopping)} stopping`,
    `so far: ${String(stats.started)} started, ${String(stats.stopped)} stopped, ${String(stats.failed)} failed`,
    `per second: ${rate('started')} starts, ${rate('reports')} reports, ${rate('heartbeats')} heartbeats`,
    `${String(stats.retries)} retries`,
  ].join(' | ');
}
