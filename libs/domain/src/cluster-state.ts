import { type AccountSettings, type JoinToken, NO_ACCOUNT_SETTINGS, type Principal } from './account/account';
import type { Cluster } from './cluster/cluster';
import type { ContainerInstance } from './container-instance/container-instance';
import type { ClusterName, InstanceId, TaskId } from './ids';
import type { LoadBalancer } from './load-balancing/load-balancer';
import type { TargetGroup } from './load-balancing/target-group';
import { type Service, type ServiceKey, serviceKey } from './service/service';
import { hasEnded, type ServiceDeployment } from './service/service-deployment';
import type { StateStore } from './state-store';
import type { Task } from './task/task';
import type { TaskDefinition, TaskDefinitionRef } from './task-definition/task-definition';

/** The revisions of one family. `latest` is the highest number ever used, deleted ones included. */
export interface TaskDefinitionFamily {
  readonly latest: number;
  readonly revisions: ReadonlyMap<number, TaskDefinition>;
}

/** Told of every change of instances and tasks while the journal is folded: what indexes over the state follow. */
export interface StateWatcher {
  /** `after` is undefined when the state forgets it: it left, or stopped. */
  instanceChanged(before: ContainerInstance | undefined, after: ContainerInstance | undefined): void;
  taskChanged(before: Task | undefined, after: Task | undefined): void;
}

/** What every service reads: the state at the fold's position. Records are immutable; the maps change with the fold. */
export interface ReadonlyClusterState {
  readonly clusters: ReadonlyMap<ClusterName, Cluster>;
  /** ACTIVE and DRAINING instances of all clusters. */
  readonly instances: ReadonlyMap<InstanceId, ContainerInstance>;
  instancesOf(cluster: ClusterName): ReadonlySet<InstanceId>;
  /** Tasks that are not STOPPED. */
  readonly tasks: ReadonlyMap<TaskId, Task>;
  tasksOn(instance: InstanceId): ReadonlySet<TaskId>;
  /** ACTIVE and DRAINING services of all clusters. */
  readonly services: ReadonlyMap<ServiceKey, Service>;
  /** Tasks of a service that are not STOPPED. */
  tasksOf(service: ServiceKey): ReadonlySet<TaskId>;
  /** Service deployments that have not ended. */
  readonly serviceDeployments: ReadonlyMap<string, ServiceDeployment>;
  readonly families: ReadonlyMap<string, TaskDefinitionFamily>;
  taskDefinition(ref: TaskDefinitionRef): TaskDefinition | undefined;
  readonly loadBalancers: ReadonlyMap<string, LoadBalancer>;
  readonly targetGroups: ReadonlyMap<string, TargetGroup>;
  /** Names of the target groups in which a task has a target, draining ones included. */
  targetGroupsOf(task: TaskId): ReadonlySet<string>;
  accountSettings(): AccountSettings;
  readonly principals: ReadonlyMap<string, Principal>;
  readonly joinTokens: ReadonlyMap<string, JoinToken>;
  /** For as long as the state lives. */
  watch(watcher: StateWatcher): void;
}

interface MutableFamily {
  latest: number;
  readonly revisions: Map<number, TaskDefinition>;
}

const NONE: ReadonlySet<never> = new Set();

/** The fold of the whole journal: the same code in every service. Change it only through `applyEvent`. */
export class ClusterState implements StateStore, ReadonlyClusterState {
  readonly clusters = new Map<ClusterName, Cluster>();
  readonly instances = new Map<InstanceId, ContainerInstance>();
  readonly tasks = new Map<TaskId, Task>();
  readonly services = new Map<ServiceKey, Service>();
  readonly serviceDeployments = new Map<string, ServiceDeployment>();
  readonly families = new Map<string, MutableFamily>();
  readonly loadBalancers = new Map<string, LoadBalancer>();
  readonly targetGroups = new Map<string, TargetGroup>();
  readonly principals = new Map<string, Principal>();
  readonly joinTokens = new Map<string, JoinToken>();
  private settings: AccountSettings = NO_ACCOUNT_SETTINGS;
  private readonly clusterInstances = new Map<ClusterName, Set<InstanceId>>();
  private readonly instanceTasks = new Map<InstanceId, Set<TaskId>>();
  private readonly serviceTasks = new Map<ServiceKey, Set<TaskId>>();
  private readonly watchers: StateWatcher[] = [];
  private readonly taskTargetGroups = new Map<TaskId, Set<string>>();

  watch(watcher: StateWatcher): void {
    this.watchers.push(watcher);
  }

  instancesOf(cluster: ClusterName): ReadonlySet<InstanceId> {
    return this.clusterInstances.get(cluster) ?? NONE;
  }

  tasksOn(instance: InstanceId): ReadonlySet<TaskId> {
    return this.instanceTasks.get(instance) ?? NONE;
  }

  tasksOf(service: ServiceKey): ReadonlySet<TaskId> {
    return this.serviceTasks.get(service) ?? NONE;
  }

  targetGroupsOf(task: TaskId): ReadonlySet<string> {
    return this.taskTargetGroups.get(task) ?? NONE;
  }

  cluster(name: ClusterName): Cluster | undefined {
    return this.clusters.get(name);
  }

  putCluster(cluster: Cluster): void {
    this.clusters.set(cluster.name, cluster);
  }

  instance(id: InstanceId): ContainerInstance | undefined {
    return this.instances.get(id);
  }

  putInstance(instance: ContainerInstance): void {
    const before = this.instances.get(instance.id);
    if (instance.status === 'INACTIVE' && this.tasksOn(instance.id).size === 0) {
      this.instances.delete(instance.id);
      this.clusterInstances.get(instance.cluster)?.delete(instance.id);
      for (const watcher of this.watchers) watcher.instanceChanged(before, undefined);
      return;
    }
    this.instances.set(instance.id, instance);
    if (!before) addTo(this.clusterInstances, instance.cluster, instance.id);
    for (const watcher of this.watchers) watcher.instanceChanged(before, instance);
  }

  task(id: TaskId): Task | undefined {
    return this.tasks.get(id);
  }

  putTask(task: Task): void {
    const before = this.tasks.get(task.id);
    const service = task.service && serviceKey(task.cluster, task.service.name);
    if (task.lastStatus === 'STOPPED') {
      this.tasks.delete(task.id);
      removeFrom(this.instanceTasks, task.instance, task.id);
      if (service) removeFrom(this.serviceTasks, service, task.id);
      for (const watcher of this.watchers) watcher.taskChanged(before, undefined);
      return;
    }
    this.tasks.set(task.id, task);
    if (!before) {
      addTo(this.instanceTasks, task.instance, task.id);
      if (service) addTo(this.serviceTasks, service, task.id);
    }
    for (const watcher of this.watchers) watcher.taskChanged(before, task);
  }

  service(key: ServiceKey): Service | undefined {
    return this.services.get(key);
  }

  putService(service: Service): void {
    const key = serviceKey(service.cluster, service.name);
    if (service.status === 'INACTIVE') this.services.delete(key);
    else this.services.set(key, service);
  }

  serviceDeployment(id: string): ServiceDeployment | undefined {
    return this.serviceDeployments.get(id);
  }

  putServiceDeployment(deployment: ServiceDeployment): void {
    if (hasEnded(deployment)) this.serviceDeployments.delete(deployment.id);
    else this.serviceDeployments.set(deployment.id, deployment);
  }

  taskDefinition({ family, revision }: TaskDefinitionRef): TaskDefinition | undefined {
    return this.families.get(family)?.revisions.get(revision);
  }

  putTaskDefinition(definition: TaskDefinition): void {
    const family = this.families.get(definition.family) ?? { latest: 0, revisions: new Map<number, TaskDefinition>() };
    family.latest = Math.max(family.latest, definition.revision);
    family.revisions.set(definition.revision, definition);
    this.families.set(definition.family, family);
  }

  deleteTaskDefinition({ family, revision }: TaskDefinitionRef): void {
    this.families.get(family)?.revisions.delete(revision);
  }

  loadBalancer(name: string): LoadBalancer | undefined {
    return this.loadBalancers.get(name);
  }

  putLoadBalancer(loadBalancer: LoadBalancer): void {
    this.loadBalancers.set(loadBalancer.name, loadBalancer);
  }

  deleteLoadBalancer(name: string): void {
    this.loadBalancers.delete(name);
  }

  targetGroup(name: string): TargetGroup | undefined {
    return this.targetGroups.get(name);
  }

  putTargetGroup(group: TargetGroup): void {
    const before = this.targetGroups.get(group.name);
    this.targetGroups.set(group.name, group);
    this.noteTargets(before, group);
  }

  deleteTargetGroup(name: string): void {
    const before = this.targetGroups.get(name);
    this.targetGroups.delete(name);
    this.noteTargets(before, undefined);
  }

  accountSettings(): AccountSettings {
    return this.settings;
  }

  putAccountSettings(settings: AccountSettings): void {
    this.settings = settings;
  }

  principal(name: string): Principal | undefined {
    return this.principals.get(name);
  }

  putPrincipal(principal: Principal): void {
    this.principals.set(principal.name, principal);
  }

  joinToken(id: string): JoinToken | undefined {
    return this.joinTokens.get(id);
  }

  putJoinToken(token: JoinToken): void {
    this.joinTokens.set(token.id, token);
  }

  private noteTargets(before: TargetGroup | undefined, after: TargetGroup | undefined): void {
    if (before?.targets === after?.targets) return;
    if (before) for (const task of tasksIn(before)) removeFrom(this.taskTargetGroups, task, before.name);
    if (after) for (const task of tasksIn(after)) addTo(this.taskTargetGroups, task, after.name);
  }
}

function tasksIn({ targets }: TargetGroup): readonly TaskId[] {
  return targets.flatMap(({ task }) => (task ? [task.task] : []));
}

function removeFrom<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const set = sets.get(key);
  set?.delete(value);
  if (set?.size === 0) sets.delete(key);
}

function addTo<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const set = sets.get(key);
  if (set) set.add(value);
  else sets.set(key, new Set([value]));
}
