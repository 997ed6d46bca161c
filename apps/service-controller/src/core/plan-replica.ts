import {
  type DeploymentLimits,
  hasHealthCheck,
  healthyFrom,
  limitsOf,
  nextStartAt,
  scaleInOrder,
} from '@stowage/domain';
import { HealthyBudget, isOutgoingAndMayServe } from './healthy-budget';
import { type Buckets, isBackingOff, isRefusedStill, type Plan, replaceableAt } from './plan';
import type { ServiceTask, Situation } from './situation';

/** The tasks of a REPLICA service by what is to become of them. */
interface Sorted {
  readonly stopping: readonly ServiceTask[];
  /** Of the PRIMARY deployment, on instances that stay, not unhealthy. */
  readonly kept: readonly ServiceTask[];
  readonly unhealthy: readonly ServiceTask[];
  /** Of other deployments. */
  readonly obsolete: readonly ServiceTask[];
  /** On instances that drain, of whichever deployment. */
  readonly leaving: readonly ServiceTask[];
}

/** The arithmetic of ecs-api 5.8.2 on one look at a REPLICA service. */
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

interface Reckoned {
  readonly sorted: Sorted;
  readonly limits: DeploymentLimits;
  readonly missing: number;
  readonly room: number;
}

function stopsOfRollout(situation: Situation, reckoned: Reckoned, budget: HealthyBudget): void {
  const { service } = situation;
  const { kept, unhealthy, obsolete, leaving } = reckoned.sorted;
  const order = orderOf(situation);
  const stoppable = obsolete.filter(mayStopToDeploy);
  // Tasks that serve no requests stop first and cost nothing. Those that may serve stay until a new task is healthy.
  budget.take(order(leaving.filter(servesNobody)), 'draining');
  budget.take(order(stoppable.filter(servesNobody)), 'deployment');
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
  if (replaced <= 0 && stopsFirst(reckoned)) {
    const replaceable = unhealthy.filter((task) => replaceableAt(situation, task) <= situation.now);
    budget.take(order(replaceable), 'unhealthy', 1);
  }
  // A warming task may be about to serve: it goes only while enough others do.
  if (budget.isKept) {
    budget.take(order(leaving.filter(isWarming)), 'draining');
    budget.take(order(stoppable.filter(isWarming)), 'deployment');
  }
  budget.take(order(leaving.filter(isHealthy)), 'draining');
  budget.take(order(stoppable.filter(isHealthy)), 'deployment');
  if (makesRoom(situation, reckoned)) {
    budget.takeOneAtLeast(order(leaving.filter(isOutgoingAndMayServe)), 'draining');
    budget.takeOneAtLeast(order(stoppable.filter(isOutgoingAndMayServe)), 'deployment');
  }
}

/**
 * Returns true if an outgoing task that may serve must stop before its successor can start: the upper limit or the
 * instances leave no room, and no other task starts or stops. At most one such task stops before a new task is healthy.
 */
function makesRoom(situation: Situation, { sorted, missing, room }: Reckoned): boolean {
  const { kept, unhealthy, obsolete, leaving, stopping } = sorted;
  const isFull = room <= 0 || isRefusedStill(situation);
  const isWaiting = stopping.length === 0 && unhealthy.length === 0 && kept.every(isHealthy);
  const areEnough = kept.length + obsolete.length + leaving.length >= situation.service.desiredCount;
  return missing > 0 && isFull && isWaiting && areEnough && !isBackingOff(situation);
}

/**
 * Whether an unhealthy task must go before its replacement can come: there is no room above, and nobody else is making
 * any. One by one, leaving `lower` RUNNING when others are still on their way.
 */
function stopsFirst({ sorted, limits, missing, room }: Reckoned): boolean {
  const { kept, unhealthy, obsolete, leaving, stopping } = sorted;
  if (missing <= 0 || room > 0 || stopping.length > 0) return false;
  const wanted = [...kept, ...unhealthy, ...obsolete, ...leaving];
  const running = wanted.filter(({ condition }) => condition !== 'pending').length;
  return running - 1 >= limits.lower || running === wanted.length;
}

/** Nothing is started any more, so only what is too much is stopped: of the failed deployment first. */
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
const servesNobody = ({ condition }: ServiceTask): boolean => condition === 'pending' || condition === 'unhealthy';
/** Bad health is no scale-in and no deployment: protection does not keep what is unhealthy. */
const mayStopToDeploy = ({ isProtected, condition }: ServiceTask): boolean => !isProtected || condition === 'unhealthy';

const countOf = (tasks: readonly ServiceTask[], wanted: ServiceTask['condition']): number =>
  tasks.filter(({ condition }) => condition === wanted).length;

/** When a task will have been RUNNING for long enough, or be protected no more; when the back-off ends. */
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
