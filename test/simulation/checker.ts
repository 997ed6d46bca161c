import {
  applyEvent,
  ClusterState,
  type DomainEvent,
  type EpochMs,
  type InstanceId,
  isForward,
  type Service,
  serviceKey,
  type ServiceKey,
  type ServiceStepTaken,
  type Task,
  type TaskId,
} from '@stowage/domain';
import type { CommittedTransaction } from '@stowage/journal';
import { JournalChecks } from '../support/invariants';
import { BusyLoops } from './busy-loops';
import { Conditions } from './conditions';
import { Repetitions } from './repetitions';
import { isHealthyTarget, type Serves, wrongOfTargets } from './target-checks';

/** ECS's limits and the controller's defaults. The checker computes everything from the records alone. */
const HEALTHY_AFTER_MS = 40_000;
/** Number of transactions by which a decision may be older than the journal. Older decisions conflict. */
const REMEMBERED_MAX = 2_000;

interface Snapshot {
  readonly tasks: readonly Task[];
  /** Health of the tasks behind load balancers: true if their targets are healthy. */
  readonly targets: ReadonlyMap<TaskId, boolean>;
  readonly leaving: ReadonlySet<InstanceId>;
  /**
   * Tasks of an older deployment or on a draining instance that are unhealthy now and were healthy before. They may
   * serve.
   */
  readonly slow: ReadonlySet<TaskId>;
}

/**
 * Checks the invariants of docs/simulation.md with each transaction. It folds the journal independently, and compares
 * each decision with the state at its time.
 */
export class Checker {
  readonly state = new ClusterState();
  readonly broken: string[] = [];
  position = 0;
  /** Number of events by type, which shows what a run covered. */
  readonly seen = new Map<string, number>();
  readonly deregistered = new Set<InstanceId>();
  private readonly journal = new JournalChecks();
  private readonly conditions = new Conditions();
  private readonly repetitions = new Repetitions();
  private readonly busyLoops = new BusyLoops();
  /** Snapshots of the services by position: the state that a controller had when it decided there. */
  private readonly snapshots = new Map<number, ReadonlyMap<ServiceKey, Snapshot>>();
  private current: ReadonlyMap<ServiceKey, Snapshot> = new Map();
  /** Sequence of the newest event on each service's own subject. */
  private readonly lastOfService = new Map<ServiceKey, number>();

  /** `serves` returns the actual routing of the load balancers. */
  constructor(private readonly serves: Serves = () => false) {}

  take(transaction: CommittedTransaction): void {
    this.journal.take(transaction);
    this.broken.push(...this.conditions.take(transaction));
    for (const { event, at, sequence } of transaction.events) {
      this.seen.set(event.type, (this.seen.get(event.type) ?? 0) + 1);
      this.before(event, sequence, at);
      applyEvent(this.state, event, { at });
    }
    this.position = transaction.sequence;
    this.remember(transaction);
    for (const { event } of transaction.events) {
      if (event.type === 'ServiceStepTaken') this.upperLimit(event);
    }
    this.counters();
    this.broken.push(...this.journal.broken.splice(0));
  }

  /** The subjects that the request writes must be unchanged since `position`. */
  expect(requestId: string, position: number): void {
    this.conditions.expect(requestId, position);
  }

  private report(what: string): void {
    this.broken.push(`At ${String(this.position)}: ${what}.`);
  }

  private before(event: DomainEvent, sequence: number, at: EpochMs): void {
    for (const wrong of wrongOfTargets(this.state, event, { at, serves: this.serves })) this.report(wrong);
    for (const wrong of this.repetitions.take(event)) this.report(wrong);
    for (const wrong of this.busyLoops.take(event, this.state, at)) this.report(wrong);
    if (event.type === 'TasksPlaced') {
      const instance = this.state.instances.get(event.instance);
      const takesTasks = instance?.status === 'ACTIVE' && instance.agentConnected && instance.lostAt === undefined;
      if (!takesTasks) this.broken.push(`At ${String(sequence)}: ${event.instance} got tasks though it takes none.`);
    }
    if (event.type === 'ServiceStepTaken') {
      this.isDecidedOnAll(event, sequence);
      this.lowerLimit(event, at);
      this.protection(event, at);
    }
    if (event.type === 'InstanceDeregistered') this.deregistered.add(event.instance);
    if ('service' in event) this.lastOfService.set(serviceKey(event.cluster, event.service), sequence);
  }

  /** A step must be decided on all earlier events of its service, including the steps of other controllers. */
  private isDecidedOnAll(step: ServiceStepTaken, sequence: number): void {
    const last = this.lastOfService.get(serviceKey(step.cluster, step.service)) ?? 0;
    if (last <= step.decidedAt) return;
    const text = `a step of ${step.service} was decided at ${String(step.decidedAt)}, before ${String(last)}`;
    this.broken.push(`At ${String(sequence)}: ${text}.`);
  }

  /** No decision may take the healthy count below the lower limit, in the state at the time of the decision. */
  private lowerLimit(step: ServiceStepTaken, at: EpochMs): void {
    const key = serviceKey(step.cluster, step.service);
    const service = this.state.services.get(key);
    const snapshot = this.snapshots.get(step.decidedAt)?.get(key);
    if (!service || !snapshot || service.status !== 'ACTIVE' || step.stopped.length === 0) return;
    const isDaemon = service.schedulingStrategy === 'DAEMON';
    const counts = (task: Task): boolean =>
      isHealthy(task, at, snapshot.targets.get(task.id)) && !(isDaemon && snapshot.leaving.has(task.instance));
    const healthy = snapshot.tasks.filter(counts);
    const stopped = new Set(step.stopped.map(({ task }) => task));
    const left = healthy.filter(({ id }) => !stopped.has(id)).length;
    const { minimumHealthyPercent } = service.deploymentConfiguration;
    const lower = Math.ceil((service.desiredCount * minimumHealthyPercent) / 100);
    if (left < healthy.length && left < lower) {
      const text = `a step of ${step.service} leaves ${String(left)} of ${String(healthy.length)} healthy tasks`;
      this.report(`${text}, and ${String(lower)} must stay`);
    }
    if (!isDaemon) this.slowTasks(step, snapshot, { healthyLeft: left, lower });
  }

  /**
   * Outgoing tasks that may serve stay until others are healthy. One of them may be stopped to make room, if the step
   * stops nothing else.
   */
  private slowTasks(
    { service, stopped }: ServiceStepTaken,
    { slow }: Snapshot,
    { healthyLeft, lower }: { readonly healthyLeft: number; readonly lower: number },
  ): void {
    const taken = stopped.filter(({ task }) => slow.has(task)).length;
    if (taken === 0 || stopped.length === 1 || healthyLeft + slow.size - taken >= lower) return;
    this.report(`a step of ${service} stops ${String(taken)} tasks that may serve, and ${String(lower)} must stay`);
  }

  /** A protected task is not stopped by a scale-in or a deployment. It may be stopped if it is unhealthy. */
  private protection(step: ServiceStepTaken, at: EpochMs): void {
    for (const { task: id, reason } of step.stopped) {
      const task = this.state.tasks.get(id);
      if (!task || (task.protectedUntil ?? 0) <= at || this.isUnhealthy(task)) continue;
      if (reason === 'scale-in' || reason === 'deployment')
        this.report(`a step stops the protected task ${id}: ${reason}`);
    }
  }

  private isUnhealthy({ id, healthStatus }: Task): boolean {
    const targets = [...this.state.targetGroups.values()].flatMap((group) => group.targets);
    const isBad = targets.some(({ task, health }) => task?.task === id && health.state === 'unhealthy');
    return healthStatus === 'UNHEALTHY' || isBad;
  }

  /** No start may take the number of tasks above the upper limit. A DAEMON service has one task on each instance. */
  private upperLimit(step: ServiceStepTaken): void {
    const key = serviceKey(step.cluster, step.service);
    const service = this.state.services.get(key);
    if (!service || step.started.length === 0) return;
    const tasks = this.tasksOf(key);
    if (service.schedulingStrategy === 'DAEMON') {
      const hosts = tasks.map(({ instance }) => instance);
      if (new Set(hosts).size < hosts.length)
        this.report(`DAEMON service ${step.service} has two tasks on one instance`);
      return;
    }
    const upper = Math.floor((service.desiredCount * service.deploymentConfiguration.maximumPercent) / 100);
    if (tasks.length > upper)
      this.report(`${step.service} has ${String(tasks.length)} tasks, and ${String(upper)} at most`);
  }

  private remember({ events, sequence }: CommittedTransaction): void {
    if (events.some(({ event }) => changesSnapshots(event))) {
      this.current = new Map([...this.state.services.keys()].map((key) => [key, this.snapshot(key)]));
    }
    this.snapshots.set(sequence, this.current);
    if (this.snapshots.size <= REMEMBERED_MAX) return;
    for (const oldest of this.snapshots.keys()) {
      this.snapshots.delete(oldest);
      return;
    }
  }

  private snapshot(key: ServiceKey): Snapshot {
    const tasks = this.tasksOf(key);
    const leaving = tasks.filter(({ instance }) => this.state.instances.get(instance)?.status !== 'ACTIVE');
    const targets = new Map<TaskId, boolean>();
    for (const task of tasks) {
      const isHealthyThere = isHealthyTarget(this.state, task);
      if (isHealthyThere !== undefined) targets.set(task.id, isHealthyThere);
    }
    const outgoing = new Set([...leaving, ...tasks.filter((task) => !this.isOfPrimary(key, task))]);
    const slow = [...outgoing].filter((task) => this.isUnhealthy(task) && (task.healthyAt ?? task.servedAt));
    return {
      tasks,
      targets,
      leaving: new Set(leaving.map(({ instance }) => instance)),
      slow: new Set(slow.filter(({ desiredStatus }) => desiredStatus === 'RUNNING').map(({ id }) => id)),
    };
  }

  private isOfPrimary(key: ServiceKey, { service }: Task): boolean {
    return this.state.services.get(key)?.deployments[0]?.id === service?.deployment;
  }

  tasksOf(key: ServiceKey): readonly Task[] {
    return [...this.state.tasksOf(key)].flatMap((id) => this.state.tasks.get(id) ?? []);
  }

  /** The counters of clusters, instances and deployments must be the sums over their tasks. */
  private counters(): void {
    const tasks = [...this.state.tasks.values()];
    const differs = (what: string, counted: number, is: number): void => {
      if (counted !== is) this.report(`${what} counts ${String(counted)}, and there are ${String(is)}`);
    };
    for (const cluster of this.state.clusters.values()) {
      const own = tasks.filter((task) => task.cluster === cluster.name);
      differs('runningTasksCount', cluster.runningTasksCount, own.filter(isRunning).length);
      differs('pendingTasksCount', cluster.pendingTasksCount, own.filter((task) => !isRunning(task)).length);
    }
    for (const { id, runningTasksCount, used } of this.state.instances.values()) {
      const own = tasks.filter(({ instance }) => instance === id);
      differs(`instance ${id}`, runningTasksCount, own.filter(isRunning).length);
      differs(
        `memory of ${id}`,
        used.memory,
        own.reduce((sum, { resources }) => sum + resources.memory, 0),
      );
    }
    for (const service of this.state.services.values()) this.deployments(service, tasks, differs);
  }

  private deployments(
    { name, cluster, deployments }: Service,
    tasks: readonly Task[],
    differs: (what: string, counted: number, is: number) => void,
  ): void {
    for (const deployment of deployments) {
      const own = tasks.filter((task) => task.cluster === cluster && task.service?.deployment === deployment.id);
      differs(`runningCount of ${name}`, deployment.runningCount, own.filter(isRunning).length);
      const wanted = own.filter(({ desiredStatus }) => desiredStatus === 'RUNNING').length;
      differs(`wantedCount of ${name}`, deployment.wantedCount, wanted);
    }
  }
}

/** A task counts as running from RUNNING until STOPPED, also while it drains or is being stopped. */
const isRunning = ({ lastStatus }: Task): boolean => !isForward(lastStatus, 'RUNNING');

function isHealthy(task: Task, at: EpochMs, isHealthyThere: boolean | undefined): boolean {
  if (task.desiredStatus !== 'RUNNING' || !isRunning(task) || isHealthyThere === false) return false;
  if (task.containers.some(({ hasHealthCheck }) => hasHealthCheck)) return task.healthStatus === 'HEALTHY';
  return isHealthyThere ?? at >= (task.startedAt ?? 0) + HEALTHY_AFTER_MS;
}

/** Returns true if the event may change the snapshots of services. */
function changesSnapshots({ type }: DomainEvent): boolean {
  return /^(Ta|Instance|Service|Deployment)/.test(type);
}
