import { type InstanceId, limitsOf, byAge } from '@stowage/domain';
import { HealthyBudget, isOutgoingAndMayServe } from './healthy-budget';
import { isBackingOff, type Plan, replaceableAt } from './plan';
import { changesAt } from './plan-replica';
import type { ServiceTask, Situation } from './situation';

/** Plans one task for each eligible instance. The old task stops before the new one starts (ecs-api 5.8.2). */
export function planDaemon(situation: Situation): Plan {
  const { service, tasks, primary, terms, eligible } = situation;
  const limits = limitsOf(eligible.length, service.deploymentConfiguration);
  const places = new Set(eligible.map(({ id }) => id));
  const wanted = tasks.filter(({ condition }) => condition !== 'stopping');
  const here = wanted.filter(({ task }) => places.has(task.instance));
  const isFailed = primary.rolloutState === 'FAILED';
  const healthy = here.filter(({ condition }) => condition === 'healthy').length;
  const budget = new HealthyBudget(here, limits.lower, terms.stepTasksMax);
  stopElsewhere(situation, places, budget);
  if (!isFailed) stopHere(situation, here, budget);
  const empty = isFailed ? [] : emptyPlaces(situation);
  const current = here.filter(({ isCurrent }) => isCurrent);
  const unhealthy = current.filter(({ condition }) => condition === 'unhealthy').length;
  const isSettled =
    tasks.length === eligible.length && current.length === eligible.length && healthy === eligible.length;
  return {
    buckets: {
      stopping: tasks.length - wanted.length,
      pending: current.filter(({ condition }) => condition === 'pending').length,
      warming: current.filter(({ condition }) => condition === 'warming').length,
      healthy: current.filter(({ condition }) => condition === 'healthy').length,
      unhealthy,
      outgoing: wanted.length - current.length,
      desired: eligible.length,
      lower: limits.lower,
      upper: limits.upper,
      healthyOfAll: healthy,
    },
    ...(empty.length > 0 && { start: { where: { kind: 'each', instances: empty }, replaced: 0 } }),
    stops: budget.stops,
    isSettled,
    isStuck: false,
    changesAt: changesAt(situation),
  };
}

/**
 * Stops tasks outside the eligible instances. On a draining instance the daemon tasks stop last. On an instance that no
 * longer matches the constraints they stop at once.
 */
function stopElsewhere(situation: Situation, places: ReadonlySet<InstanceId>, budget: HealthyBudget): void {
  for (const each of situation.tasks) {
    const { task, condition, isLeaving } = each;
    if (condition === 'stopping' || places.has(task.instance)) continue;
    // A task outside the eligible instances does not count for the lower limit, so its stop costs nothing.
    const free: ServiceTask = { ...each, condition: 'pending', mayServe: false };
    if (!isLeaving) budget.take([free], 'no-longer-matching');
    else if (condition === 'pending' || situation.othersOn(task.instance) === 0) budget.take([free], 'draining');
  }
}

function stopHere(situation: Situation, here: readonly ServiceTask[], budget: HealthyBudget): void {
  const byPlace = new Map<InstanceId, ServiceTask[]>();
  for (const each of here.filter(({ isCurrent }) => isCurrent).sort(byAge)) {
    const tasks = byPlace.get(each.task.instance);
    if (tasks) tasks.push(each);
    else byPlace.set(each.task.instance, [each]);
  }
  for (const tasks of byPlace.values()) budget.take(tasks, 'scale-in', tasks.length - 1);
  const taken = new Set(budget.stops.map(({ task }) => task));
  const isUnhealthy = (each: ServiceTask): boolean => each.condition === 'unhealthy' && !taken.has(each);
  // The instance has no task until the next one may start.
  const mayReplace = (each: ServiceTask): boolean => replaceableAt(situation, each) <= situation.now;
  budget.take(
    here.filter((each) => each.isCurrent && isUnhealthy(each) && mayReplace(each)),
    'unhealthy',
  );
  if (isBackingOff(situation)) return;
  const obsolete = here.filter((each) => !each.isCurrent && (!each.isProtected || each.condition === 'unhealthy'));
  budget.take(
    obsolete.filter(({ condition }) => condition === 'pending' || condition === 'unhealthy'),
    'deployment',
  );
  if (budget.isKept) {
    budget.take(
      obsolete.filter(({ condition }) => condition === 'warming'),
      'deployment',
    );
  }
  budget.take(
    obsolete.filter(({ condition }) => condition === 'healthy'),
    'deployment',
  );
  // If the limit lets no task stop and all new tasks are healthy, one task stops all the same.
  const areNewHealthy = here.every(({ isCurrent, condition }) => !isCurrent || condition === 'healthy');
  if (areNewHealthy && here.length >= situation.eligible.length) {
    budget.takeIfNone(obsolete.filter(isOutgoingAndMayServe), 'deployment');
  }
}

/** Returns the eligible instances with a connected agent and without a task of the service that is not STOPPED. */
function emptyPlaces({ eligible, tasks, terms }: Situation): readonly InstanceId[] {
  const taken = new Set(tasks.map(({ task }) => task.instance));
  const empty = eligible.filter(({ id, agentConnected }) => agentConnected && !taken.has(id));
  return empty.slice(0, terms.stepTasksMax).map(({ id }) => id);
}
