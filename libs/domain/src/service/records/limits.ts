import type * as Ecs from '../../ecs/shapes';
import type { EpochMs } from '../../ids';
import type { Task } from '../../task/records/task';
import { isForward } from '../../task/records/task-status';
import type { UnhealthyTarget } from './messages';
import type { Deployment, RollingConfiguration } from './service';

/** Between what a deployment keeps a service (ecs-api 5.8.2). */
export interface DeploymentLimits {
  /** So many tasks must stay healthy. */
  readonly lower: number;
  /** So many tasks there may be that are not STOPPED, those that are stopping included. */
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

/** What a task counts as when limits are kept. `warming`: RUNNING, and not known to be healthy yet. */
export type TaskCondition = 'pending' | 'warming' | 'healthy' | 'unhealthy' | 'stopping';

/** How long a task without a health check is RUNNING before it counts as healthy (ecs-api 5.8.2). */
export const HEALTHY_AFTER_MS = 40_000;

/** What load balancers say of a task that belongs behind them. */
export interface LoadBalancerVerdict {
  /** `pending`: not every target has been found healthy yet. */
  readonly health: 'healthy' | 'unhealthy' | 'pending';
  readonly unhealthy?: UnhealthyTarget;
  /** When bad health begins to count, while it does not. */
  readonly graceUntil?: EpochMs;
}

/** How a task's condition is judged. */
export interface ConditionTerms {
  readonly now: EpochMs;
  readonly healthyAfterMs: number;
  /** Of a task that belongs behind load balancers. */
  readonly verdict?: LoadBalancerVerdict;
  /** Until then a container's bad health does not count. */
  readonly graceUntil?: EpochMs;
}

/** Behind a load balancer it is the targets' health that counts, and the containers' too where they are checked. */
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

/** Only essential containers' health checks are the task's. */
export function hasHealthCheck({ containers }: Pick<Task, 'containers'>): boolean {
  return containers.some((container) => container.essential && container.hasHealthCheck);
}

/** When a RUNNING task without a health check counts as healthy. */
export function healthyFrom({ startedAt = 0 }: Pick<Task, 'startedAt'>, healthyAfterMs: number): EpochMs {
  return startedAt + healthyAfterMs;
}

const THRESHOLD_PERCENT_DEFAULT = 50;
const THRESHOLD_MIN = 3;
const THRESHOLD_MAX = 200;

/** So many failed tasks trip the circuit breaker (ecs-api 5.8.3). Only the default type is kept between 3 and 200. */
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

/** How attempts to start tasks that never get RUNNING are spread out (ecs-api 5.8.4). */
export interface StartThrottling {
  /** So many generations of tasks may fail before there is any delay. */
  readonly freeGenerations: number;
  /** The first delay; each further generation doubles it. */
  readonly firstDelayMs: number;
  readonly maxDelayMs: number;
}

export const START_THROTTLING: StartThrottling = {
  freeGenerations: 3,
  firstDelayMs: 10_000,
  maxDelayMs: 15 * 60_000,
};

/** Whether starts are being spread out. */
export function isThrottled({ launches }: Deployment, { freeGenerations }: StartThrottling): boolean {
  return launches.generations > freeGenerations;
}

/** The earliest time of the deployment's next start. */
export function nextStartAt(deployment: Deployment, throttling: StartThrottling): EpochMs {
  if (!isThrottled(deployment, throttling)) return 0;
  const { generations, lastAt = 0 } = deployment.launches;
  const delay = throttling.firstDelayMs * 2 ** (generations - throttling.freeGenerations - 1);
  return lastAt + Math.min(delay, throttling.maxDelayMs);
}

/** A protected task is not stopped to scale in or to deploy (ecs-api 5.16). */
export const isProtected = ({ protectedUntil }: Pick<Task, 'protectedUntil'>, now: EpochMs): boolean =>
  protectedUntil !== undefined && protectedUntil > now;
