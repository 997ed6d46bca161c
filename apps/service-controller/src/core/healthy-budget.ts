import type { PlannedStop } from './plan';
import type { ServiceTask } from './situation';

/** How many tasks may be stopped, counted down as stops are chosen: no plan goes below the lower limit. */
export class HealthyBudget {
  private healthyLeft: number;
  private servingLeft: number;
  readonly stops: PlannedStop[] = [];

  /** `tasks`: those that count for the lower limit. */
  constructor(
    tasks: readonly ServiceTask[],
    lower: number,
    private readonly stopsMax: number,
  ) {
    this.healthyLeft = tasks.filter(({ condition }) => condition === 'healthy').length - lower;
    this.servingLeft = this.healthyLeft + tasks.filter(isOutgoingAndMayServe).length;
  }

  /** Whether the lower limit is kept as it is. */
  get isKept(): boolean {
    return this.healthyLeft >= 0;
  }

  /**
   * Stops the first `count` of `tasks`, as far as limits allow. A healthy one costs. So does an outgoing one that is
   * unhealthy and may serve: with the healthy ones at least as many must stay as the lower limit says.
   */
  take(tasks: readonly ServiceTask[], reason: PlannedStop['reason'], count = tasks.length): void {
    for (const task of tasks.slice(0, Math.max(0, count))) {
      if (this.stops.length >= this.stopsMax) return;
      if (this.mayStop(task)) this.stop(task, reason);
    }
  }

  /** Stops one of `tasks`, whatever the limits, when nothing else is stopped. */
  takeOneAtLeast([task]: readonly ServiceTask[], reason: PlannedStop['reason']): void {
    if (task && this.stops.length === 0) this.stop(task, reason);
  }

  private mayStop(task: ServiceTask): boolean {
    if (task.condition === 'healthy') return this.healthyLeft > 0;
    return !isOutgoingAndMayServe(task) || this.servingLeft > 0;
  }

  private stop(task: ServiceTask, reason: PlannedStop['reason']): void {
    if (task.condition === 'healthy') this.healthyLeft -= 1;
    if (task.condition === 'healthy' || isOutgoingAndMayServe(task)) this.servingLeft -= 1;
    this.stops.push({ task, reason });
  }
}

/** Of the PRIMARY deployment an unhealthy task is replaced by itself, and goes when its successor is healthy. */
export const isOutgoingAndMayServe = ({ mayServe, isCurrent, isLeaving }: ServiceTask): boolean =>
  mayServe && (!isCurrent || isLeaving);
