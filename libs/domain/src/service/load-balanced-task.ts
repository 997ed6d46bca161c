import type { ReadonlyClusterState } from '../state/cluster-state';
import type { EpochMs } from '../ids';
import type { Target, TargetGroup } from '../load-balancing/records/target-group';
import type { Task } from '../task/records/task';
import type { LoadBalancerVerdict } from './records/limits';
import { type Service, serviceKey, type ServiceLoadBalancer } from './records/service';

const MS_PER_SECOND = 1_000;

/** Returns the group that an ARN refers to. A later group with the same name has another ARN and does not match. */
export function targetGroupOf(
  { targetGroups }: Pick<ReadonlyClusterState, 'targetGroups'>,
  { targetGroupArn }: Pick<ServiceLoadBalancer, 'targetGroupArn'>,
): TargetGroup | undefined {
  const [, name = '', id] = /:targetgroup\/([^/]+)\/([^/]+)$/.exec(targetGroupArn) ?? [];
  const group = targetGroups.get(name);
  return group?.id === id ? group : undefined;
}

/** Returns the target groups of the task according to its deployment. */
export function loadBalancersOf(
  state: Pick<ReadonlyClusterState, 'services'>,
  { cluster, service }: Pick<Task, 'cluster' | 'service'>,
): readonly ServiceLoadBalancer[] {
  const found = service && state.services.get(serviceKey(cluster, service.name));
  return found?.deployments.find(({ id }) => id === service?.deployment)?.revision.loadBalancers ?? [];
}

/** Returns the task's own targets in a group. A service may register several of its containers in one group. */
export function targetOfTask(group: TargetGroup, task: Task, wanted: ServiceLoadBalancer): Target | undefined {
  return group.targets.find(
    ({ task: of }) =>
      of?.task === task.id && of.container === wanted.containerName && of.containerPort === wanted.containerPort,
  );
}

/** Returns the verdict of the task's load balancers, or undefined if it has none. Deleted groups are ignored. */
export function loadBalancerVerdict(
  state: Pick<ReadonlyClusterState, 'services' | 'targetGroups'>,
  task: Task,
  now: EpochMs,
): LoadBalancerVerdict | undefined {
  const wanted = loadBalancersOf(state, task);
  const found = wanted.flatMap((each) => {
    const group = targetGroupOf(state, each);
    return group ? [{ each, target: targetOfTask(group, task, each) }] : [];
  });
  if (found.length === 0) return undefined;
  const bad = found.find(({ target }) => target?.health.state === 'unhealthy');
  if (bad?.target) return unhealthyOrNotYet(graceUntil(state, task), bad.each, bad.target, now);
  return { health: found.every(({ target }) => target?.health.state === 'healthy') ? 'healthy' : 'pending' };
}

function unhealthyOrNotYet(
  graceUntil: EpochMs,
  { targetGroupArn }: ServiceLoadBalancer,
  { id, port, health }: Target,
  now: EpochMs,
): LoadBalancerVerdict {
  if (now < graceUntil) return { health: 'pending', graceUntil };
  const description = health.description ?? 'Health checks failed';
  return { health: 'unhealthy', unhealthy: { targetGroupArn, id, port, description } };
}

/** Time from which unhealthy results of a load balancer count, and that for containers (ecs-api 5.9). */
export function graceUntil({ services }: Pick<ReadonlyClusterState, 'services'>, task: Task): EpochMs {
  const service: Service | undefined = task.service && services.get(serviceKey(task.cluster, task.service.name));
  return (task.startedAt ?? task.createdAt) + (service?.healthCheckGracePeriodSeconds ?? 0) * MS_PER_SECOND;
}
