import type * as Ecs from '../../ecs/shapes';
import type { EpochMs } from '../../ids';
import type { Task } from '../../task/records/task';
import { isForward } from '../../task/records/task-status';
import type { UnhealthyTarget } from './messages';
import type { Deployment, RollingConfiguration } from './service';

/** Bounds on the number of tasks during a deployment (ecs-api 5.8.2). */
export interface DeploymentLimits {
  /** Smallest number of healthy tasks. */
  readonly lower: number;
  /** Largest number of tasks that are not STOPPED, including tasks that are stopping. */
  readonly upper: number;
}

export function limitsOf(
  desiredCount: number,
  { minimumHealthyPercent, maximumPercent }: Pick<RollingConfiguration, 'minimumHealthyPercent' | 'maximumPercent'>,
): DeploymentLimits {
  return {
    lower: Math.ceil((desiredCount * minimumHealthyPercent) / 100),
    upper: Math.floor((desiredCount * maximumPercent) / 100),
  };
}

/** Condition of a task with respect to the limits. `warming`: RUNNING, and not yet known to be healthy. */
export type TaskCondition = 'pending' | 'warming' | 'healthy' | 'unhealthy' | 'stopping';

/** Time for which a task without a health check is RUNNING before it counts as healthy (ecs-api 5.8.2). */
export const HEALTHY_AFTER_MS = 40_000;

/** Health of a task according to its load balancers. */
export interface LoadBalancerVerdict {
  /** `pending`: at least one target has not been found healthy yet. */
  readonly health: 'healthy' | 'unhealthy' | 'pending';
  readonly unhealthy?: UnhealthyTarget;
  /** Time from which unhealthy results count, if it is still ahead. */
  readonly graceUntil?: EpochMs;
}

/** Inputs for the condition of a task. */
export interface ConditionTerms {
  readonly now: EpochMs;
  readonly healthyAfterMs: number;
  /** Present for a task with load balancers. */
  readonly verdict?: LoadBalancerVerdict;
  /** Time before which an unhealthy container is ignored. */
  readonly graceUntil?: EpochMs;
}

/**
 * Returns the condition of a task. With a load balancer, the health of its targets counts, and that of its containers
 * if they have health checks.
 */
export function conditionOf(
  task: Task,
  { now, healthyAfterMs, verdict, graceUntil = 0 }: ConditionTerms,
): TaskCondition {
  if (task.desiredStatus === 'STOPPED') return 'stopping';
  if (isForward(task.lastStatus, 'RUNNING')) return 'pending';
  if (hasHealthCheck(task)) {
    if (task.healthStatus === 'UNHEALTHY' && now >= graceUntil) return 'unhealthy';
    if (task.healthStatus !== 'HEALTHY') return 'warming';
    if (!verdict) return 'healthy';
  }
  if (verdict) return verdict.health === 'pending' ? 'warming' : verdict.health;
  return now >= healthyFrom(task, healthyAfterMs) ? 'healthy' : 'warming';
}

/** Only health checks of essential containers count for the task. */
export function hasHealthCheck({ containers }: Pick<Task, 'containers'>): boolean {
  return containers.some((container) => container.essential && container.hasHealthCheck);
}

/** Time at which a RUNNING task without a health check counts as healthy. */
export function healthyFrom({ startedAt = 0 }: Pick<Task, 'startedAt'>, healthyAfterMs: number): EpochMs {
  return startedAt + healthyAfterMs;
}

const THRESHOLD_PERCENT_DEFAULT = 50;
const THRESHOLD_MIN = 3;
const THRESHOLD_MAX = 200;

/**
 * Number of failed tasks that trips the circuit breaker (ecs-api 5.8.3). Only the default type is clamped to between 3
 * and 200.
 */
export function failureThreshold(
  { thresholdConfiguration: threshold }: Ecs.DeploymentCircuitBreaker,
  desiredCount: number,
): number {
  const value = threshold?.value ?? THRESHOLD_PERCENT_DEFAULT;
  if (threshold?.type === 'COUNT') return value;
  const part = Math.ceil((desiredCount * value) / 100);
  if (threshold?.type === 'UNBOUNDED_PERCENT') return Math.max(1, part);
  return Math.min(THRESHOLD_MAX, Math.max(THRESHOLD_MIN, part));
}

/** Backoff between attempts to start tasks that never reach RUNNING (ecs-api 5.8.4). */
export interface StartThrottling {
  /** Number of generations of tasks that may fail before the first delay. */
  readonly freeGenerations: number;
  /** First delay. Each further generation doubles it. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

export const START_THROTTLING: StartThrottling = {
  freeGenerations: 3,
  firstDelayMs: 10_000,
  maxDelayMs: 15 * 60_000,
};

/** Returns true if starts are delayed. */
export function isThrottled({ launches }: Deployment, { freeGenerations }: StartThrottling): boolean {
  return launches.generations > freeGenerations;
}

/** Returns the earliest time of the deployment's next start. */
export function nextStartAt(deployment: Deployment, throttling: StartThrottling): EpochMs {
  if (!isThrottled(deployment, throttling)) return 0;
  const { generations, lastAt = 0 } = deployment.launches;
  const delay = throttling.firstDelayMs * 2 ** (generations - throttling.freeGenerations - 1);
  return lastAt + Math.min(delay, throttling.maxDelayMs);
}

/** Returns true if a task is protected. A protected task is not stopped to scale in or to deploy (ecs-api 5.16). */
export const isProtected = ({ protectedUntil }: Pick<Task, 'protectedUntil'>, now: EpochMs): boolean =>
  protectedUntil !== undefined && protectedUntil > now;
