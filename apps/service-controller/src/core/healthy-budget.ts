import type { PlannedStop } from './plan';
import type { ServiceTask } from './situation';

/** How many healthy tasks may be stopped, counted down as stops are chosen: no plan goes below the lower limit. */
export class HealthyBudget {
  private left: number;
  readonly stops: PlannedStop[] = [];

  constructor(
    healthy: number,
    lower: number,
    private readonly stopsMax: number,
  ) {
    this.left = healthy - lower;
  }

  /** Whether the lower limit is kept as it is. */
  get isKept(): boolean {
    return this.left >= 0;
  }

  /** Stops the first `count` of `tasks`, as far as limits allow. A healthy one costs. */
  take(tasks: readonly ServiceTask[], reason: PlannedStop['reason'], count = tasks.length): void {
    for (const task of tasks.slice(0, Math.max(0, count))) {
      if (this.stops.length >= this.stopsMax) return;
      if (task.condition === 'healthy' && this.left <= 0) continue;
      if (task.condition === 'healthy') this.left -= 1;
      this.stops.push({ task, reason });
    }
  }
}
