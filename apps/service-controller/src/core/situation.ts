import {
  conditionOf,
  type ContainerInstance,
  type CuringEvent,
  daemonInstances,
  type Deployment,
  type EpochMs,
  graceUntil,
  hasBeenHealthy,
  type InstanceId,
  isProtected,
  loadBalancerVerdict,
  type LoadBalancerVerdict,
  type PlacementRefusal,
  primaryOf,
  type ReadonlyClusterState,
  type Service,
  type ServiceKey,
  serviceKey,
  type Task,
  type TaskCondition,
} from '@stowage/domain';
import type { ReconcileTerms } from './terms';

/** One task of the service that is not STOPPED, with its condition. */
export interface ServiceTask {
  readonly task: Task;
  readonly condition: TaskCondition;
  /** Verdict of the load balancers and end of the grace period, for a task that is registered in target groups. */
  readonly verdict?: LoadBalancerVerdict;
  readonly graceUntil?: EpochMs;
  /** True if the task is unhealthy and was healthy before: it may be too slow for its checks and still serve. */
  readonly mayServe: boolean;
  /** True for a task of the PRIMARY deployment. */
  readonly isCurrent: boolean;
  /** True if the instance is DRAINING or gone. */
  readonly isLeaving: boolean;
  readonly isProtected: boolean;
}

/** Outcome of the last attempt to place tasks. It is kept in memory only; after a restart, one more attempt is made. */
export interface PlacementAttempt {
  readonly deployment: string;
  readonly at: EpochMs;
  /** Position of the fold when the placement was rejected. */
  readonly position: number;
  readonly refusals: readonly PlacementRefusal<InstanceId>[];
  /** Number of rejections per reason. `refusals` lists a part of them. */
  readonly refused: Readonly<Record<string, number>>;
  /** Types of events that may cure the rejection, in addition to a new instance. */
  readonly curedBy: readonly CuringEvent[];
}

/** All input for the next step of one service. */
export interface Situation {
  readonly service: Service;
  readonly primary: Deployment;
  readonly tasks: readonly ServiceTask[];
  /** Instances on which a DAEMON service runs a task. */
  readonly eligible: readonly ContainerInstance[];
  /**
   * Returns the number of tasks on an instance that belong to no DAEMON service. Daemon tasks stop after them on a
   * draining instance.
   */
  readonly othersOn: (instance: InstanceId) => number;
  readonly instance: (instance: InstanceId) => ContainerInstance | undefined;
  readonly now: EpochMs;
  /** Position of the journal at which this situation is consistent. */
  readonly position: number;
  readonly terms: ReconcileTerms;
  readonly lastAttempt?: PlacementAttempt;
  /** Position of the newest event that may have cured the rejections of `lastAttempt`. */
  readonly capacityPosition: number;
}

export type ReconcileInputs = Pick<Situation, 'now' | 'position' | 'terms' | 'lastAttempt' | 'capacityPosition'>;

/** Returns undefined if the service does not exist or has no PRIMARY deployment. */
export function situationOf(
  state: ReadonlyClusterState,
  key: ServiceKey,
  inputs: ReconcileInputs,
): Situation | undefined {
  const service = state.services.get(key);
  const primary = service && primaryOf(service);
  if (!service || !primary) return undefined;
  const isDaemon = service.schedulingStrategy === 'DAEMON';
  return {
    ...inputs,
    service,
    primary,
    tasks: tasksOf(state, service, { primary, ...inputs }),
    eligible: isDaemon
      ? daemonInstances(state, service.cluster, {
          ...primary.revision,
          placementConstraints: service.placementConstraints,
        })
      : [],
    othersOn: (instance) => othersOn(state, instance),
    instance: (instance) => state.instances.get(instance),
  };
}

function tasksOf(
  state: ReadonlyClusterState,
  service: Service,
  { primary, now, terms }: ReconcileInputs & { readonly primary: Deployment },
): readonly ServiceTask[] {
  return [...state.tasksOf(serviceKey(service.cluster, service.name))].flatMap((id): readonly ServiceTask[] => {
    const task = state.tasks.get(id);
    if (!task) return [];
    const health = healthOf(state, task, { now, terms });
    const deployment = service.deployments.find((each) => each.id === task.service?.deployment);
    const wasHealthy = deployment !== undefined && hasBeenHealthy(task, deployment, now);
    return [
      {
        task,
        ...health,
        mayServe: health.condition === 'unhealthy' && wasHealthy,
        isCurrent: task.service?.deployment === primary.id,
        isLeaving: state.instances.get(task.instance)?.status !== 'ACTIVE',
        isProtected: isProtected(task, now),
      },
    ];
  });
}

function healthOf(
  state: ReadonlyClusterState,
  task: Task,
  { now, terms }: Pick<ReconcileInputs, 'now' | 'terms'>,
): Pick<ServiceTask, 'condition' | 'verdict' | 'graceUntil'> {
  const verdict = loadBalancerVerdict(state, task, now);
  if (!verdict) return { condition: conditionOf(task, { now, healthyAfterMs: terms.healthyAfterMs }) };
  const grace = graceUntil(state, task);
  const condition = conditionOf(task, { now, healthyAfterMs: terms.healthyAfterMs, verdict, graceUntil: grace });
  return { condition, verdict, graceUntil: grace };
}

function othersOn(state: ReadonlyClusterState, instance: InstanceId): number {
  let others = 0;
  for (const id of state.tasksOn(instance)) {
    const task = state.tasks.get(id);
    const service = task?.service && state.services.get(serviceKey(task.cluster, task.service.name));
    if (task && service?.schedulingStrategy !== 'DAEMON') others += 1;
  }
  return others;
}
