import type { AccountSettings, JoinToken, Principal } from './account/account';
import { applyEvent } from './apply-event';
import type { Cluster } from './cluster/cluster';
import type { ReadonlyClusterState } from './cluster-state';
import type { ContainerInstance } from './container-instance/container-instance';
import type { DomainEvent } from './events';
import type { ClusterName, EpochMs, InstanceId, TaskId } from './ids';
import type { LoadBalancer } from './load-balancing/load-balancer';
import type { TargetGroup } from './load-balancing/target-group';
import { type Service, type ServiceKey, serviceKey } from './service/service';
import type { ServiceDeployment } from './service/service-deployment';
import type { StateStore } from './state-store';
import type { Task } from './task/task';
import type { TaskDefinition, TaskDefinitionRef } from './task-definition/task-definition';

/**
 * What a state's records become when `events` are applied at `at`, without changing the state: how the owner of a
 * command shows its outcome. Unlike a fold it keeps what it was told last of a record, STOPPED and INACTIVE ones too.
 */
export function stateAfter(state: ReadonlyClusterState, events: readonly DomainEvent[], at: EpochMs): StateStore {
  const after = new StateAfter(state);
  for (const event of events) applyEvent(after, event, { at });
  return after;
}

class StateAfter implements StateStore {
  private readonly clusters = new Map<ClusterName, Cluster>();
  private readonly instances = new Map<InstanceId, ContainerInstance>();
  private readonly tasks = new Map<TaskId, Task>();
  private readonly services = new Map<ServiceKey, Service>();
  private readonly serviceDeployments = new Map<string, ServiceDeployment>();
  /** `undefined` stands for a deleted revision. */
  private readonly definitions = new Map<string, TaskDefinition | undefined>();
  /** `undefined` stands for a deleted one, here too. */
  private readonly loadBalancers = new Map<string, LoadBalancer | undefined>();
  private readonly targetGroups = new Map<string, TargetGroup | undefined>();
  private readonly principals = new Map<string, Principal>();
  private readonly joinTokens = new Map<string, JoinToken>();
  private settings: AccountSettings | undefined;

  constructor(private readonly before: ReadonlyClusterState) {}

  cluster(name: ClusterName): Cluster | undefined {
    return this.clusters.get(name) ?? this.before.clusters.get(name);
  }

  putCluster(cluster: Cluster): void {
    this.clusters.set(cluster.name, cluster);
  }

  instance(id: InstanceId): ContainerInstance | undefined {
    return this.instances.get(id) ?? this.before.instances.get(id);
  }

  putInstance(instance: ContainerInstance): void {
    this.instances.set(instance.id, instance);
  }

  task(id: TaskId): Task | undefined {
    return this.tasks.get(id) ?? this.before.tasks.get(id);
  }

  putTask(task: Task): void {
    this.tasks.set(task.id, task);
  }

  service(key: ServiceKey): Service | undefined {
    return this.services.get(key) ?? this.before.services.get(key);
  }

  putService(service: Service): void {
    this.services.set(serviceKey(service.cluster, service.name), service);
  }

  serviceDeployment(id: string): ServiceDeployment | undefined {
    return this.serviceDeployments.get(id) ?? this.before.serviceDeployments.get(id);
  }

  putServiceDeployment(deployment: ServiceDeployment): void {
    this.serviceDeployments.set(deployment.id, deployment);
  }

  taskDefinition(ref: TaskDefinitionRef): TaskDefinition | undefined {
    const key = revisionKey(ref);
    return this.definitions.has(key) ? this.definitions.get(key) : this.before.taskDefinition(ref);
  }

  putTaskDefinition(revision: TaskDefinition): void {
    this.definitions.set(revisionKey(revision), revision);
  }

  deleteTaskDefinition(ref: TaskDefinitionRef): void {
    this.definitions.set(revisionKey(ref), undefined);
  }

  loadBalancer(name: string): LoadBalancer | undefined {
    return this.loadBalancers.has(name) ? this.loadBalancers.get(name) : this.before.loadBalancers.get(name);
  }

  putLoadBalancer(loadBalancer: LoadBalancer): void {
    this.loadBalancers.set(loadBalancer.name, loadBalancer);
  }

  deleteLoadBalancer(name: string): void {
    this.loadBalancers.set(name, undefined);
  }

  targetGroup(name: string): TargetGroup | undefined {
    return this.targetGroups.has(name) ? this.targetGroups.get(name) : this.before.targetGroups.get(name);
  }

  putTargetGroup(group: TargetGroup): void {
    this.targetGroups.set(group.name, group);
  }

  deleteTargetGroup(name: string): void {
    this.targetGroups.set(name, undefined);
  }

  accountSettings(): AccountSettings {
    return this.settings ?? this.before.accountSettings();
  }

  putAccountSettings(settings: AccountSettings): void {
    this.settings = settings;
  }

  principal(name: string): Principal | undefined {
    return this.principals.get(name) ?? this.before.principals.get(name);
  }

  putPrincipal(principal: Principal): void {
    this.principals.set(principal.name, principal);
  }

  joinToken(id: string): JoinToken | undefined {
    return this.joinTokens.get(id) ?? this.before.joinTokens.get(id);
  }

  putJoinToken(token: JoinToken): void {
    this.joinTokens.set(token.id, token);
  }
}

const revisionKey = ({ family, revision }: TaskDefinitionRef): string => `${family}:${revision}`;
