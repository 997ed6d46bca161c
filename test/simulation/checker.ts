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

/** ECS's, and the controller's default: what counts is reckoned here anew, from the records alone. */
const HEALTHY_AFTER_MS = 40_000;
/** Decisions are no older than so many transactions; older ones are conflicts, or a stalled controller's. */
const REMEMBERED_MAX = 2_000;

interface Look {
  readonly tasks: readonly Task[];
  /** Of those behind load balancers: whether they are healthy targets. */
  readonly targets: ReadonlyMap<TaskId, boolean>;
  readonly leaving: ReadonlySet<InstanceId>;
  /** Of an older deployment or on an instance that leaves: unhealthy now, and healthy once. They may serve. */
  readonly slow: ReadonlySet<TaskId>;
}

/**
 * The invariants of docs/simulation.md, checked with each transaction: it sums the journal up in a fold of its own, and judges
 * each decision by what its maker could know.
 */
export class Checker {
  readonly state = new ClusterState();
  readonly broken: string[] = [];
  position = 0;
  /** Kinds of events, how often: what a run came across. */
  readonly seen = new Map<string, number>();
  readonly deregistered = new Set<InstanceId>();
  private readonly journal = new JournalChecks();
  private readonly conditions = new Conditions();
  private readonly repetitions = new Repetitions();
  private readonly busyLoops = new BusyLoops();
  /** By the position that it was at: what a controller that decided then knew of the services. */
  private readonly looks = new Map<number, ReadonlyMap<ServiceKey, Look>>();
  private current: ReadonlyMap<ServiceKey, Look> = new Map();
  /** Of the newest event on each service's own subject. */
  private readonly lastOfService = new Map<ServiceKey, number>();

  /** `serves`: what the load balancers really do. */
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

  /** What the request writes must not have changed since `position`. */
  expect(requestId: string, position: number): void {
    this.conditions.expect(requestId, position);
  }

  private say(what: string): void {
    this.broken.push(`At ${String(this.position)}: ${what}.`);
  }

  private before(event: DomainEvent, sequence: number, at: EpochMs): void {
    for (const wrong of wrongOfTargets(this.state, event, { at, serves: this.serves })) this.say(wrong);
    for (const wrong of this.repetitions.take(event)) this.say(wrong);
    for (const wrong of this.busyLoops.take(event, this.state, at)) this.say(wrong);
    if (event.type === 'TasksPlaced') {
      const instance = this.state.instances.get(event.instance);
      const takesTasks = instance?.status === 'ACTIVE' && instance.agentConnected && instance.lostAt === undefined;
      if (!takesTasks) this.broken.push(`At ${String(sequence)}: ${event.instance} got tasks though it takes none.`);
    }
    if (event.type === 'ServiceStepTaken') {
      this.knowsAll(event, sequence);
      this.lowerLimit(event, at);
      this.protection(event, at);
    }
    if (event.type === 'InstanceDeregistered') this.deregistered.add(event.instance);
    if ('service' in event) this.lastOfService.set(serviceKey(event.cluster, event.service), sequence);
  }

  /** A step was decided on all that had happened to its service, the steps of others included. */
  private knowsAll(step: ServiceStepTaken, sequence: number): void {
    const last = this.lastOfService.get(serviceKey(step.cluster, step.service)) ?? 0;
    if (last <= step.decidedAt) return;
    const sentence = `a step of ${step.service} was decided at ${String(step.decidedAt)}, before ${String(last)}`;
    this.broken.push(`At ${String(sequence)}: ${sentence}.`);
  }

  /** No decision takes the healthy count below the lower limit, by what was known when it was made. */
  private lowerLimit(step: ServiceStepTaken, at: EpochMs): void {
    const key = serviceKey(step.cluster, step.service);
    const service = this.state.services.get(key);
    const look = this.looks.get(step.decidedAt)?.get(key);
    if (!service || !look || service.status !== 'ACTIVE' || step.stopped.length === 0) return;
    const isDaemon = service.schedulingStrategy === 'DAEMON';
    const counts = (task: Task): boolean =>
      isHealthy(task, at, look.targets.get(task.id)) && !(isDaemon && look.leaving.has(task.instance));
    const healthy = look.tasks.filter(counts);
    const stopped = new Set(step.stopped.map(({ task }) => task));
    const left = healthy.filter(({ id }) => !stopped.has(id)).length;
    const { minimumHealthyPercent } = service.deploymentConfiguration;
    const lower = Math.ceil((service.desiredCount * minimumHealthyPercent) / 100);
    if (left < healthy.length && left < lower) {
      const sentence = `a step of ${step.service} leaves ${String(left)} of ${String(healthy.length)} healthy tasks`;
      this.say(`${sentence}, and ${String(lower)} must stay`);
    }
    if (!isDaemon) this.slowTasks(step, look, { healthyLeft: left, lower });
  }

  /** Outgoing tasks that may serve stay until others are healthy; one may go to make room, and nothing with it. */
  private slowTasks(
    { service, stopped }: ServiceStepTaken,
    { slow }: Look,
    { healthyLeft, lower }: { readonly healthyLeft: number; readonly lower: number },
  ): void {
    const taken = stopped.filter(({ task }) => slow.has(task)).length;
    if (taken === 0 || stopped.length === 1 || healthyLeft + slow.size - taken >= lower) return;
    this.say(`a step of ${service} stops ${String(taken)} tasks that may serve, and ${String(lower)} must stay`);
  }

  /** A protected task is not stopped to scale in or to deploy; bad health does not mind. */
  private protection(step: ServiceStepTaken, at: EpochMs): void {
    for (const { task: id, reason } of step.stopped) {
      const task = this.state.tasks.get(id);
      if (!task || (task.protectedUntil ?? 0) <= at || this.isUnhealthy(task)) continue;
      if (reason === 'scale-in' || reason === 'deployment')
        this.say(`a step stops the protected task ${id}: ${reason}`);
    }
  }

  private isUnhealthy({ id, healthStatus }: Task): boolean {
    const targets = [...this.state.targetGroups.values()].flatMap((group) => group.targets);
    const isBad = targets.some(({ task, health }) => task?.task === id && health.state === 'unhealthy');
    return healthStatus === 'UNHEALTHY' || isBad;
  }

  /** No start takes the total above the upper limit; a DAEMON service has one task on an instance. */
  private upperLimit(step: ServiceStepTaken): void {
    const key = serviceKey(step.cluster, step.service);
    const service = this.state.services.get(key);
    if (!service || step.started.length === 0) return;
    const tasks = this.tasksOf(key);
    if (service.schedulingStrategy === 'DAEMON') {
      const hosts = tasks.map(({ instance }) => instance);
      if (new Set(hosts).size < hosts.length) this.say(`DAEMON service ${step.service} has two tasks on one instance`);
      return;
    }
    const upper = Math.floor((service.desiredCount * service.deploymentConfiguration.maximumPercent) / 100);
    if (tasks.length > upper)
      this.say(`${step.service} has ${String(tasks.length)} tasks, and ${String(upper)} at most`);
  }

  private remember({ events, sequence }: CommittedTransaction): void {
    if (events.some(({ event }) => changesLooks(event))) {
      this.current = new Map([...this.state.services.keys()].map((key) => [key, this.look(key)]));
    }
    this.looks.set(sequence, this.current);
    if (this.looks.size <= REMEMBERED_MAX) return;
    for (const oldest of this.looks.keys()) {
      this.looks.delete(oldest);
      return;
    }
  }

  private look(key: ServiceKey): Look {
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

  /** The counters of clusters, instances and deployments are the sums over their tasks. */
  private counters(): void {
    const tasks = [...this.state.tasks.values()];
    const differs = (what: string, counted: number, is: number): void => {
      if (counted !== is) this.say(`${what} counts ${String(counted)}, and there are ${String(is)}`);
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

/** From RUNNING until it is STOPPED, so also while it drains or is being stopped. */
const isRunning = ({ lastStatus }: Task): boolean => !isForward(lastStatus, 'RUNNING');

function isHealthy(task: Task, at: EpochMs, isHealthyThere: boolean | undefined): boolean {
  if (task.desiredStatus !== 'RUNNING' || !isRunning(task) || isHealthyThere === false) return false;
  if (task.containers.some(({ hasHealthCheck }) => hasHealthCheck)) return task.healthStatus === 'HEALTHY';
  return isHealthyThere ?? at >= (task.startedAt ?? 0) + HEALTHY_AFTER_MS;
}

/** Whether what is remembered of services may have changed. */
function changesLooks({ type }: DomainEvent): boolean {
  return /^(Ta|Instance|Service|Deployment)/.test(type);
}
