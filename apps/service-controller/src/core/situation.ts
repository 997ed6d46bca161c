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

/** One task of the service that is not STOPPED, and what it counts as. */
export interface ServiceTask {
  readonly task: Task;
  readonly condition: TaskCondition;
  /** Of a task that belongs behind load balancers: what they say of it, and until when bad health does not count. */
  readonly verdict?: LoadBalancerVerdict;
  readonly graceUntil?: EpochMs;
  /** True if the task is unhealthy and was healthy before: it may be too slow for its checks and still serve. */
  readonly mayServe: boolean;
  /** Of the PRIMARY deployment. */
  readonly isCurrent: boolean;
  /** Its instance takes no part any more: DRAINING, or gone. */
  readonly isLeaving: boolean;
  readonly isProtected: boolean;
}

/** What became of the last attempt to place tasks, as long as this process remembers. Forgetting it only costs an attempt. */
export interface PlacementTry {
  readonly deployment: string;
  readonly at: EpochMs;
  /** Of the fold when it was refused. */
  readonly position: number;
  readonly refusals: readonly PlacementRefusal<InstanceId>[];
  /** All refusals by reason; the list is a part of them. */
  readonly refused: Readonly<Record<string, number>>;
  /** What may happen so that there is room, beside an instance that comes. */
  readonly curedBy: readonly CuringEvent[];
}

/** Everything that the next step of one service follows from. */
export interface Situation {
  readonly service: Service;
  readonly primary: Deployment;
  readonly tasks: readonly ServiceTask[];
  /** Of a DAEMON service: where it belongs. */
  readonly eligible: readonly ContainerInstance[];
  /** Tasks on an instance that are not a DAEMON service's: its tasks outlast them when the instance drains. */
  readonly othersOn: (instance: InstanceId) => number;
  readonly instance: (instance: InstanceId) => ContainerInstance | undefined;
  readonly now: EpochMs;
  /** The journal's, that all this is true for. */
  readonly position: number;
  readonly terms: ReconcileTerms;
  readonly tried?: PlacementTry;
  /** Position of the newest event that may have cured the refusals of `tried`. */
  readonly roomAt: number;
}

export type ReconcileInputs = Pick<Situation, 'now' | 'position' | 'terms' | 'tried' | 'roomAt'>;

/** Undefined: there is no such service, or no more. */
export function situationOf(
  state: ReadonlyClusterState,
  key: ServiceKey,
  looking: ReconcileInputs,
): Situation | undefined {
  const service = state.services.get(key);
  const primary = service && primaryOf(service);
  if (!service || !primary) return undefined;
  const isDaemon = service.schedulingStrategy === 'DAEMON';
  return {
    ...looking,
    service,
    primary,
    tasks: tasksOf(state, service, { primary, ...looking }),
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
    const judgement = judged(state, task, { now, terms });
    const deployment = service.deployments.find((each) => each.id === task.service?.deployment);
    const wasHealthy = deployment !== undefined && hasBeenHealthy(task, deployment, now);
    return [
      {
        task,
        ...judgement,
        mayServe: judgement.condition === 'unhealthy' && wasHealthy,
        isCurrent: task.service?.deployment === primary.id,
        isLeaving: state.instances.get(task.instance)?.status !== 'ACTIVE',
        isProtected: isProtected(task, now),
      },
    ];
  });
}

function judged(
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
