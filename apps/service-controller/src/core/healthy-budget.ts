import type { PlannedStop } from './plan';
import type { ServiceTask } from './situation';

/** Chooses tasks to stop and counts them, so that no plan goes below the lower limit. */
export class HealthyBudget {
  private healthyLeft: number;
  private servingLeft: number;
  readonly stops: PlannedStop[] = [];

  /** `tasks` are the tasks that count for the lower limit. */
  constructor(
    tasks: readonly ServiceTask[],
    lower: number,
    private readonly stopsMax: number,
  ) {
    this.healthyLeft = tasks.filter(({ condition }) => condition === 'healthy').length - lower;
    this.servingLeft = this.healthyLeft + tasks.filter(isOutgoingAndMayServe).length;
  }

  /** Returns true if the number of healthy tasks is at or above the lower limit. */
  get isKept(): boolean {
    return this.healthyLeft >= 0;
  }

  /**
   * Stops the first `count` of `tasks`, as far as the limits allow. The healthy tasks that remain must reach the lower
   * limit. The healthy tasks and the outgoing tasks that may serve must reach it together.
   */
  take(tasks: readonly ServiceTask[], reason: PlannedStop['reason'], count = tasks.length): void {
    for (const task of tasks.slice(0, Math.max(0, count))) {
      if (this.stops.length >= this.stopsMax) return;
      if (this.mayStop(task)) this.stop(task, reason);
    }
  }

  /** Stops the first of `tasks` regardless of the limits, unless another task is stopped already. */
  takeIfNone([task]: readonly ServiceTask[], reason: PlannedStop['reason']): void {
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

/**
 * Returns true for an unhealthy task that was healthy and that a deployment or a drain replaces. Other unhealthy tasks of
 * the PRIMARY deployment stop when their successors are healthy.
 */
export const isOutgoingAndMayServe = ({ mayServe, isCurrent, isLeaving }: ServiceTask): boolean =>
  mayServe && (!isCurrent || isLeaving);
