import {
  type DeploymentLimits,
  hasHealthCheck,
  healthyFrom,
  limitsOf,
  nextStartAt,
  scaleInOrder,
} from '@stowage/domain';
import { HealthyBudget, isOutgoingAndMayServe } from './healthy-budget';
import { type Buckets, isBackingOff, isStillRejected, type Plan, replaceableAt } from './plan';
import type { ServiceTask, Situation } from './situation';

/** Tasks of a REPLICA service, grouped by what the plan does with them. */
interface Sorted {
  readonly stopping: readonly ServiceTask[];
  /** Tasks of the PRIMARY deployment on instances that are ACTIVE, except unhealthy ones. */
  readonly kept: readonly ServiceTask[];
  readonly unhealthy: readonly ServiceTask[];
  /** Tasks of other deployments on instances that are ACTIVE. */
  readonly obsolete: readonly ServiceTask[];
  /** Tasks of any deployment on instances that drain. */
  readonly leaving: readonly ServiceTask[];
}

/** Plans the next step of a REPLICA service as ecs-api 5.8.2 computes it. */
export function planReplica(situation: Situation): Plan {
  const { service, tasks, primary, terms } = situation;
  const limits = limitsOf(service.desiredCount, service.deploymentConfiguration);
  const sorted = sort(tasks);
  const missing = service.desiredCount - sorted.kept.length;
  const room = limits.upper - tasks.length;
  const isFailed = primary.rolloutState === 'FAILED';
  const count = isFailed ? 0 : Math.max(0, Math.min(missing, room, terms.stepTasksMax));
  const budget = new HealthyBudget(tasks, limits.lower, terms.stepTasksMax);
  if (isFailed) stopsOfFailed(situation, sorted, budget);
  else stopsOfRollout(situation, { sorted, limits, missing, room }, budget);
  const { stops } = budget;
  const where = { kind: 'anywhere', count } as const;
  const inMotion = tasks.some(({ condition }) => !['healthy', 'unhealthy'].includes(condition));
  const blocked = [...sorted.obsolete, ...sorted.leaving].some((task) => task.isLeaving || !task.isProtected);
  return {
    buckets: bucketsOf(situation, sorted, limits),
    ...(count > 0 && { start: { where, replaced: Math.min(count, sorted.unhealthy.length) } }),
    stops,
    isSettled: tasks.length === service.desiredCount && countOf(sorted.kept, 'healthy') === service.desiredCount,
    isStuck: !isFailed && missing > 0 && room <= 0 && blocked && stops.length === 0 && !inMotion,
    changesAt: changesAt(situation),
  };
}

function sort(tasks: readonly ServiceTask[]): Sorted {
  const wanted = tasks.filter(({ condition }) => condition !== 'stopping');
  const staying = wanted.filter(({ isLeaving }) => !isLeaving);
  const current = staying.filter(({ isCurrent }) => isCurrent);
  return {
    stopping: tasks.filter(({ condition }) => condition === 'stopping'),
    kept: current.filter(({ condition }) => condition !== 'unhealthy'),
    unhealthy: current.filter(({ condition }) => condition === 'unhealthy'),
    obsolete: staying.filter(({ isCurrent }) => !isCurrent),
    leaving: wanted.filter(({ isLeaving }) => isLeaving),
  };
}

interface RolloutNeeds {
  readonly sorted: Sorted;
  readonly limits: DeploymentLimits;
  readonly missing: number;
  readonly room: number;
}

function stopsOfRollout(situation: Situation, needs: RolloutNeeds, budget: HealthyBudget): void {
  const { service } = situation;
  const { kept, unhealthy, obsolete, leaving } = needs.sorted;
  const order = orderOf(situation);
  const stoppable = obsolete.filter(mayStopToDeploy);
  // Tasks that serve no requests stop first and cost nothing. Those that may serve stay until a new task is healthy.
  budget.take(order(leaving.filter(servesNoRequests)), 'draining');
  budget.take(order(stoppable.filter(servesNoRequests)), 'deployment');
  const surplus = kept.length - service.desiredCount;
  budget.take(
    order(
      kept.filter(({ isProtected }) => !isProtected),
      surplus,
    ),
    'scale-in',
  );
  const replaced = countOf(kept, 'healthy') + unhealthy.length - service.desiredCount;
  budget.take(order(unhealthy), 'unhealthy', replaced);
  if (replaced <= 0 && mustStopFirst(needs)) {
    const replaceable = unhealthy.filter((task) => replaceableAt(situation, task) <= situation.now);
    budget.take(order(replaceable), 'unhealthy', 1);
  }
  // A warming task may soon serve requests. It stops only while enough other tasks are healthy.
  if (budget.isKept) {
    budget.take(order(leaving.filter(isWarming)), 'draining');
    budget.take(order(stoppable.filter(isWarming)), 'deployment');
  }
  budget.take(order(leaving.filter(isHealthy)), 'draining');
  budget.take(order(stoppable.filter(isHealthy)), 'deployment');
  if (mustMakeRoom(situation, needs)) {
    budget.takeIfNone(order(leaving.filter(isOutgoingAndMayServe)), 'draining');
    budget.takeIfNone(order(stoppable.filter(isOutgoingAndMayServe)), 'deployment');
  }
}

/**
 * Returns true if an outgoing task that may serve must stop before its successor can start: the upper limit or the
 * instances leave no room, and no other task starts or stops. At most one such task stops before a new task is healthy.
 */
function mustMakeRoom(situation: Situation, { sorted, missing, room }: RolloutNeeds): boolean {
  const { kept, unhealthy, obsolete, leaving, stopping } = sorted;
  const isFull = room <= 0 || isStillRejected(situation);
  const isWaiting = stopping.length === 0 && unhealthy.length === 0 && kept.every(isHealthy);
  const areEnough = kept.length + obsolete.length + leaving.length >= situation.service.desiredCount;
  return missing > 0 && isFull && isWaiting && areEnough && !isBackingOff(situation);
}

/**
 * Returns true if an unhealthy task must stop before its successor can start: the upper limit leaves no room, and no
 * other task is stopping. One task stops at a time, and `lower` tasks stay RUNNING while other tasks start.
 */
function mustStopFirst({ sorted, limits, missing, room }: RolloutNeeds): boolean {
  const { kept, unhealthy, obsolete, leaving, stopping } = sorted;
  if (missing <= 0 || room > 0 || stopping.length > 0) return false;
  const wanted = [...kept, ...unhealthy, ...obsolete, ...leaving];
  const running = wanted.filter(({ condition }) => condition !== 'pending').length;
  return running - 1 >= limits.lower || running === wanted.length;
}

/** A failed deployment starts no tasks, so that only surplus tasks stop. Tasks of the failed deployment stop first. */
function stopsOfFailed(situation: Situation, sorted: Sorted, budget: HealthyBudget): void {
  const { kept, unhealthy, obsolete, leaving } = sorted;
  const order = orderOf(situation);
  const unprotected = ({ isProtected }: ServiceTask): boolean => !isProtected;
  const failed = order([...kept, ...unhealthy].filter(unprotected));
  const candidates = [...failed, ...order(obsolete.filter(unprotected))];
  budget.take(order(leaving), 'draining');
  budget.take(
    candidates,
    'scale-in',
    kept.length + unhealthy.length + obsolete.length - situation.service.desiredCount,
  );
}

const orderOf =
  ({ service, instance, terms }: Situation) =>
  (tasks: readonly ServiceTask[], count = terms.stepTasksMax): readonly ServiceTask[] =>
    scaleInOrder(tasks, { strategy: service.placementStrategy, instance }, count);

const isHealthy = ({ condition }: ServiceTask): boolean => condition === 'healthy';
const isWarming = ({ condition }: ServiceTask): boolean => condition === 'warming';
const servesNoRequests = ({ condition }: ServiceTask): boolean => condition === 'pending' || condition === 'unhealthy';
/** Task protection applies to scale-in and deployments, but not to unhealthy tasks. */
const mayStopToDeploy = ({ isProtected, condition }: ServiceTask): boolean => !isProtected || condition === 'unhealthy';

const countOf = (tasks: readonly ServiceTask[], wanted: ServiceTask['condition']): number =>
  tasks.filter(({ condition }) => condition === wanted).length;

/** Returns the times at which a task will be healthy, a task's protection or grace period ends, or the backoff ends. */
export function changesAt(situation: Situation): readonly number[] {
  const { tasks, primary, now, terms } = situation;
  const times = tasks.flatMap((each) => {
    const { task, condition, verdict, graceUntil } = each;
    return [
      ...(condition === 'warming' && !verdict && !hasHealthCheck(task)
        ? [healthyFrom(task, terms.healthyAfterMs)]
        : []),
      ...(condition === 'warming' && graceUntil !== undefined ? [graceUntil] : []),
      ...(task.protectedUntil === undefined || condition === 'stopping' ? [] : [task.protectedUntil]),
      ...(condition === 'unhealthy' ? [replaceableAt(situation, each)] : []),
    ];
  });
  return [...times, nextStartAt(primary, terms.throttling)].filter((at) => at > now);
}

function bucketsOf(situation: Situation, sorted: Sorted, { lower, upper }: DeploymentLimits): Buckets {
  const { stopping, kept, unhealthy, obsolete, leaving } = sorted;
  return {
    stopping: stopping.length,
    pending: countOf(kept, 'pending'),
    warming: countOf(kept, 'warming'),
    healthy: countOf(kept, 'healthy'),
    unhealthy: unhealthy.length,
    outgoing: obsolete.length + leaving.length,
    desired: situation.service.desiredCount,
    lower,
    upper,
    healthyOfAll: countOf(situation.tasks, 'healthy'),
  };
}
