import {
  deregistrationDelayMs,
  type DomainEvent,
  type EpochMs,
  type ReadonlyClusterState,
  type Service,
  serviceKey,
  type ServiceLoadBalancer,
  type Target,
  type TargetsDrained,
  type Task,
  type TaskDrained,
  type TaskId,
} from '@stowage/domain';

/** Returns true if requests go to that target of the group, or if connections to it are left. */
export type Serves = (targetGroup: string, target: Target) => boolean;

/** Returns a sentence for each condition on targets that the event violates. */
export function wrongOfTargets(
  state: ReadonlyClusterState,
  event: DomainEvent,
  { at, serves }: { readonly at: EpochMs; readonly serves: Serves },
): readonly string[] {
  if (event.type === 'TaskDrained') return stoppedTooEarly(state, event, at);
  if (event.type === 'TargetsDrained') return drainedTooEarly(state, event, { at, serves });
  if (event.type !== 'TaskStopRequested' || event.drain || event.stopCode !== 'ServiceSchedulerInitiated') return [];
  const isTarget = targetsOf(state, event.task).some(({ target }) => target.drainUntil === undefined);
  return isTarget ? [`its service stops ${event.task} without draining its targets`] : [];
}

interface Found {
  readonly target: Target;
  readonly delayMs: number;
}

const targetsOf = (state: ReadonlyClusterState, task: TaskId): readonly Found[] =>
  [...state.targetGroups.values()].flatMap((group) =>
    group.targets
      .filter((target) => target.task?.task === task)
      .map((target) => ({ target, delayMs: deregistrationDelayMs(group) })),
  );

/** A task that is still a target gets its stop only after the deregistration delay. */
function stoppedTooEarly(state: ReadonlyClusterState, { task: id }: TaskDrained, at: EpochMs): readonly string[] {
  const stoppingAt = state.tasks.get(id)?.stoppingAt ?? at;
  const early = targetsOf(state, id).some(({ target, delayMs }) => at < (target.drainUntil ?? stoppingAt + delayMs));
  return early ? [`${id} gets its stop while its targets drain`] : [];
}

/** No request goes to a target that is drained before the end of its delay. */
function drainedTooEarly(
  state: ReadonlyClusterState,
  { targetGroup, targets }: TargetsDrained,
  { at, serves }: { readonly at: EpochMs; readonly serves: Serves },
): readonly string[] {
  const keys = new Set(targets.map(({ id, port }) => `${id}:${String(port)}`));
  const drained =
    state.targetGroups.get(targetGroup)?.targets.filter(({ id, port }) => keys.has(`${id}:${port}`)) ?? [];
  return drained.flatMap((target) => {
    const { task, drainUntil = at } = target;
    const isEarly = task && at < drainUntil && serves(targetGroup, target);
    return isEarly ? [`the target of ${task.task} is drained, and it is served`] : [];
  });
}

/** Returns the load balancers of the task. */
const wantedOf = (service: Service | undefined, task: Task): readonly ServiceLoadBalancer[] =>
  service?.deployments.find(({ id }) => id === task.service?.deployment)?.revision.loadBalancers ?? [];

/** Returns true if all targets of the task are healthy; undefined if it is behind no load balancer. */
export function isHealthyTarget(state: ReadonlyClusterState, task: Task): boolean | undefined {
  const service = task.service && state.services.get(serviceKey(task.cluster, task.service.name));
  const wanted = wantedOf(service, task);
  if (wanted.length === 0) return undefined;
  const groups = [...state.targetGroups.values()];
  return wanted.every(({ targetGroupArn }) =>
    groups
      .find(({ name }) => targetGroupArn.includes(`:targetgroup/${name}/`))
      ?.targets.some(({ task: of, health }) => of?.task === task.id && health.state === 'healthy'),
  );
}

/** At the end, every target belongs to a running task, and every task behind a load balancer has healthy targets. */
export function restlessTargets(state: ReadonlyClusterState): readonly string[] {
  const targets = [...state.targetGroups.values()].flatMap((group) =>
    group.targets.map((target) => ({ group, target })),
  );
  const orphans = targets.flatMap(({ group, target: { task, port, drainUntil } }) => {
    const lives = task && state.tasks.get(task.task)?.desiredStatus === 'RUNNING';
    if (lives && drainUntil === undefined) return [];
    return [`Target ${String(port)} of ${group.name} ${drainUntil === undefined ? 'is of no task' : 'drains'}.`];
  });
  const unserved = [...state.tasks.values()].filter((task) => isHealthyTarget(state, task) === false);
  return [...orphans, ...unserved.map(({ id }) => `Task ${id} is not a healthy target.`)];
}
