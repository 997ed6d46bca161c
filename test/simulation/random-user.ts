import type { ClusterName, Ecs, Random } from '@stowage/domain';
import { type OperationRequest, OwnersClient, type OwnerName } from '@stowage/runtime';
import { randomUUID } from 'node:crypto';
import type { Checker } from './checker';
import { FAMILIES, type Family, LOAD_BALANCERS, REVISIONS, SERVED_FAMILIES } from './ground';
import { GPUS } from './machine';
import type { Surroundings } from './processes';
import type { Life } from './virtual-time';

const NAMES = ['web', 'api', 'log'] as const;
/** Pairs of minimumHealthyPercent and maximumPercent that permit deployments with every count. */
const PERCENTAGES: readonly (readonly [number, number])[] = [
  [100, 200],
  [50, 200],
  [0, 200],
];
/** Pairs with which old tasks stop first: for DAEMON services, and if old and new tasks need the same port. */
const STOP_FIRST = [0, 100] as const;
const ASK_TIMEOUT_MS = 12_000;
/**
 * Number of instances that the user deregisters in one world at most, so that replacements do not take all of its time.
 */
const DEREGISTRATIONS_MAX = 3;
const TOKENS = 3;
/** Number of transactions by which the state of a condition may be old. */
const OLD_MAX = 8;

/** A user who sends all kinds of operations without waiting for the results. */
export class RandomUser {
  private readonly owners: OwnersClient;

  private readonly life: Life;
  /** The request of each client token. A repeated token comes with the same request. */
  private readonly byToken = new Map<string, Ecs.RunTaskRequest>();
  private deregistrations = 0;

  constructor(
    private readonly cluster: ClusterName,
    private readonly checker: Checker,
    private readonly random: Random,
    private readonly surroundings: Surroundings,
  ) {
    this.life = surroundings.time.newLife('user');
    this.owners = new OwnersClient(surroundings.network.connect(this.life));
  }

  act(): void {
    const acts = [
      () => this.create(),
      () => this.create(),
      () => this.update(),
      () => this.update(),
      () => this.scale(),
      () => this.remove(),
      () => this.runTask(),
      () => this.stopTask(),
      () => this.stopTask(),
      () => this.changeInstance(),
      () => this.protect(),
      () => this.protect(),
      () => this.deregister(),
      () => this.takeOut(),
    ];
    acts[this.random.below(acts.length)]?.();
  }

  /**
   * Removes obstacles to the services' desired counts: sets draining instances ACTIVE and restarts failed deployments.
   */
  settle(): void {
    const { state } = this.checker;
    for (const { id, status } of state.instances.values()) {
      if (status === 'DRAINING') this.setStatus(id, 'ACTIVE');
    }
    for (const { name, status, deployments } of state.services.values()) {
      const isGivenUp = deployments[0]?.rolloutState === 'FAILED';
      if (status === 'ACTIVE' && isGivenUp) this.updateService(name, { forceNewDeployment: true });
    }
    this.leaveRoom();
  }

  /** Reduces services to the available scarce resources, and stops other tasks that use them. */
  private leaveRoom(): void {
    const { state } = this.checker;
    const instances = state.instances.size;
    // A deployment that starts new tasks first needs one more.
    this.leaveRoomFor('gpu', instances * GPUS - 1);
    this.leaveRoomFor('port', instances);
  }

  private leaveRoomFor(family: Family, available: number): void {
    const { state } = this.checker;
    for (const { id, service, taskDefinition, desiredStatus } of state.tasks.values()) {
      const isInTheWay = !service && taskDefinition.family === family && desiredStatus === 'RUNNING';
      if (isInTheWay) this.ask('cluster-manager', 'StopTask', { task: id });
    }
    let room = available;
    for (const { name, status, desiredCount, deployments } of state.services.values()) {
      if (status !== 'ACTIVE' || deployments[0]?.revision.taskDefinition.family !== family) continue;
      if (desiredCount > room) this.updateService(name, { desiredCount: room });
      room -= Math.min(room, desiredCount);
    }
  }

  private updateService(service: string, change: object): void {
    this.ask('service-controller', 'UpdateService', { service, ...change });
  }

  private create(): void {
    const daemon = this.random.next() < 0.25;
    const stopsFirst = daemon || this.random.next() < 0.4;
    const [minimumHealthyPercent, maximumPercent] = stopsFirst ? STOP_FIRST : (this.pick(PERCENTAGES) ?? STOP_FIRST);
    const breaker = this.random.next() < 0.5;
    const everywhere = ['free', 'checked', 'served', 'served', ...(daemon ? [] : ['gpu'])];
    const taskDefinition = this.definition(stopsFirst && !daemon ? FAMILIES : everywhere);
    const input: Ecs.CreateServiceRequest = {
      serviceName: this.pick(NAMES) ?? NAMES[0],
      taskDefinition,
      ...this.loadBalancers(taskDefinition, 0.9),
      schedulingStrategy: daemon ? 'DAEMON' : 'REPLICA',
      deploymentConfiguration: {
        minimumHealthyPercent,
        maximumPercent,
        deploymentCircuitBreaker: { enable: breaker, rollback: breaker && this.random.next() < 0.5 },
      },
      ...(!daemon && { desiredCount: this.random.below(4) }),
    };
    this.ask('service-controller', 'CreateService', input);
  }

  /** Some of the services whose tasks have a port get one or two target groups. */
  private loadBalancers(
    definition: string,
    part: number,
  ): Pick<Ecs.CreateServiceRequest, 'loadBalancers' | 'healthCheckGracePeriodSeconds'> {
    const [family = ''] = definition.split(':');
    if (!SERVED_FAMILIES.includes(family) || this.random.next() >= part) return {};
    const loadBalancers = LOAD_BALANCERS.filter(() => this.random.next() < 0.6);
    const grace = loadBalancers.length > 0 && this.random.next() < 0.5 && { healthCheckGracePeriodSeconds: 30 };
    return { loadBalancers, ...grace };
  }

  private update(): void {
    const service = this.service();
    if (!service) return;
    const [family = 'free'] = [service.deployments[0]?.revision.taskDefinition.family];
    const forced = this.random.next() < 0.3;
    const definition = forced ? { forceNewDeployment: true } : { taskDefinition: this.definition([family]) };
    const change = { ...definition, ...this.loadBalancers(family, 0.3) };
    this.updateService(service.name, change);
  }

  private scale(): void {
    const service = this.service();
    if (service?.schedulingStrategy !== 'REPLICA') return;
    this.updateService(service.name, { desiredCount: this.random.below(4) });
  }

  private remove(): void {
    const service = this.service();
    if (service) this.ask('service-controller', 'DeleteService', { service: service.name, force: true });
  }

  private runTask(): void {
    const input = { taskDefinition: this.definition(FAMILIES), count: 1 + this.random.below(2) };
    if (this.random.next() < 0.5) return this.ask('scheduler', 'RunTask', input);
    const clientToken = `token-${String(this.random.below(TOKENS))}`;
    const asked = this.byToken.get(clientToken) ?? { ...input, clientToken };
    this.byToken.set(clientToken, asked);
    this.ask('scheduler', 'RunTask', asked);
  }

  /** The protection lasts one or two minutes, so that it ends before the world does. */
  private protect(): void {
    const tasks = [...this.checker.state.tasks.values()].filter(({ service }) => service !== undefined);
    const task = this.pick(tasks);
    if (!task) return;
    const protectionEnabled = this.random.next() < 0.8;
    const input = { tasks: [task.id], protectionEnabled };
    const expiresInMinutes = 1 + this.random.below(2);
    this.ask('service-controller', 'UpdateTaskProtection', {
      ...input,
      ...(protectionEnabled && { expiresInMinutes }),
    });
  }

  /** Deregisters a target of a service by hand. The service must register it again. */
  private takeOut(): void {
    const groups = [...this.checker.state.targetGroups.values()].filter(({ targets }) => targets.length > 0);
    const group = this.pick(groups);
    const target = this.pick(group?.targets ?? []);
    const arn = LOAD_BALANCERS.find(({ targetGroupArn }) => targetGroupArn?.endsWith(`/${group?.id ?? ''}`));
    if (!target || !arn) return;
    const input = { TargetGroupArn: arn.targetGroupArn, Targets: [{ Id: target.id, Port: target.port }] };
    this.ask('load-balancer-registrar', 'DeregisterTargets', input);
  }

  private deregister(): void {
    const containerInstance = this.pick([...this.checker.state.instances.keys()]);
    if (!containerInstance || this.deregistrations >= DEREGISTRATIONS_MAX) return;
    this.deregistrations += 1;
    const force = this.random.next() < 0.5;
    this.ask('cluster-manager', 'DeregisterContainerInstance', { containerInstance, force });
  }

  private stopTask(): void {
    const task = this.pick([...this.checker.state.tasks.keys()]);
    if (task) this.ask('cluster-manager', 'StopTask', { task });
  }

  private changeInstance(): void {
    const instance = this.pick([...this.checker.state.instances.values()]);
    if (instance) this.setStatus(instance.id, instance.status === 'ACTIVE' ? 'DRAINING' : 'ACTIVE');
  }

  private setStatus(id: string, status: 'ACTIVE' | 'DRAINING'): void {
    this.ask('cluster-manager', 'UpdateContainerInstancesState', { containerInstances: [id], status });
  }

  private service() {
    return this.pick([...this.checker.state.services.values()]);
  }

  private definition(families: readonly string[]): string {
    return `${this.pick(families) ?? 'free'}:${String(1 + this.random.below(REVISIONS))}`;
  }

  private pick<Item>(items: readonly Item[]): Item | undefined {
    return items[this.random.below(items.length)];
  }

  /** Some requests have the condition that nothing changed since a recent position. */
  private expectation(): Pick<OperationRequest, 'expect'> {
    const { faults, store } = this.surroundings;
    if (faults.isCalm || this.random.next() < 0.8) return {};
    return { expect: store.stored.at(-1 - this.random.below(OLD_MAX))?.transaction.sequence ?? store.end };
  }

  /** Sends an operation and ignores its result: refusals and lost answers are part of the test. */
  private ask(owner: OwnerName, operation: string, input: object): void {
    const { time, store } = this.surroundings;
    const request: OperationRequest = {
      operation,
      input: { cluster: this.cluster, ...input },
      caller: { principal: 'arn:aws:iam::123456789012:root', requestId: randomUUID() },
      atLeast: store.end,
      receivedAt: time.now,
      ...this.expectation(),
    };
    if (request.expect !== undefined) this.checker.expect(request.caller.requestId, request.expect);
    time.in(this.life, () => void this.owners.requestOperation(owner, request, ASK_TIMEOUT_MS).catch(() => undefined));
  }
}
