import { type AccountSettings, type JoinToken, NO_ACCOUNT_SETTINGS, type Principal } from '../account/records/account';
import type { Cluster } from '../cluster/records/cluster';
import type { ContainerInstance } from '../container-instance/records/container-instance';
import type { ClusterName, InstanceId, TaskId } from '../ids';
import type { LoadBalancer } from '../load-balancing/records/load-balancer';
import type { TargetGroup } from '../load-balancing/records/target-group';
import type { Service, ServiceKey } from '../service/records/service';
import type { ServiceDeployment } from '../service/records/service-deployment';
import type { Task } from '../task/records/task';
import { revisionKey, type TaskDefinition, type TaskDefinitionRef } from '../task-definition/records/task-definition';
import { type KeyOf, perKind, type RecordKind, type RecordOf, RECORDS } from './records';
import { type Indexes, StateIndexes, type StateWatcher, type TaskDefinitionFamily } from './state-indexes';
import type { StateStore } from './state-store';

/**
 * The state at the fold's position, as every service reads it. Records are immutable; the maps change with the fold.
 */
export interface ReadonlyClusterState {
  get<Kind extends RecordKind>(kind: Kind, key: KeyOf<Kind>): RecordOf<Kind> | undefined;
  /** Returns all records of a kind that are not over. */
  all<Kind extends RecordKind>(kind: Kind): ReadonlyMap<KeyOf<Kind>, RecordOf<Kind>>;
  readonly clusters: ReadonlyMap<ClusterName, Cluster>;
  /** ACTIVE and DRAINING instances of all clusters. */
  readonly instances: ReadonlyMap<InstanceId, ContainerInstance>;
  instancesOf(cluster: ClusterName): ReadonlySet<InstanceId>;
  /** Tasks that are not STOPPED. */
  readonly tasks: ReadonlyMap<TaskId, Task>;
  tasksOn(instance: InstanceId): ReadonlySet<TaskId>;
  /** ACTIVE and DRAINING services of all clusters. */
  readonly services: ReadonlyMap<ServiceKey, Service>;
  /** Returns the tasks of a service that are not STOPPED. */
  tasksOf(service: ServiceKey): ReadonlySet<TaskId>;
  /** Service deployments that have not ended. */
  readonly serviceDeployments: ReadonlyMap<string, ServiceDeployment>;
  readonly families: ReadonlyMap<string, TaskDefinitionFamily>;
  taskDefinition(ref: TaskDefinitionRef): TaskDefinition | undefined;
  readonly loadBalancers: ReadonlyMap<string, LoadBalancer>;
  readonly targetGroups: ReadonlyMap<string, TargetGroup>;
  /** Returns the names of the target groups in which a task has a target, including draining ones. */
  targetGroupsOf(task: TaskId): ReadonlySet<string>;
  accountSettings(): AccountSettings;
  readonly principals: ReadonlyMap<string, Principal>;
  readonly joinTokens: ReadonlyMap<string, JoinToken>;
  /** The watcher stays registered for the lifetime of the state. */
  watch(watcher: StateWatcher): void;
}

type Maps = { readonly [Kind in RecordKind]: Map<KeyOf<Kind>, RecordOf<Kind>> };

const NONE: ReadonlySet<never> = new Set();

/** The fold of the whole journal, with the same code in every service. Change it only through `applyEvent`. */
export class ClusterState implements StateStore, ReadonlyClusterState {
  private readonly records = perKind<Maps>(() => new Map<never, never>());
  readonly clusters = this.all('cluster');
  readonly instances = this.all('instance');
  readonly tasks = this.all('task');
  readonly services = this.all('service');
  readonly serviceDeployments = this.all('service-deployment');
  readonly loadBalancers = this.all('load-balancer');
  readonly targetGroups = this.all('target-group');
  readonly principals = this.all('principal');
  readonly joinTokens = this.all('join-token');
  private readonly indexes = new StateIndexes();
  readonly families = this.indexes.families;

  get<Kind extends RecordKind>(kind: Kind, key: KeyOf<Kind>): RecordOf<Kind> | undefined {
    return this.records[kind].get(key);
  }

  all<Kind extends RecordKind>(kind: Kind): ReadonlyMap<KeyOf<Kind>, RecordOf<Kind>> {
    return this.records[kind];
  }

  put<Kind extends RecordKind>(kind: Kind, record: RecordOf<Kind>): void {
    const { key: keyOf, isOver } = RECORDS[kind];
    const key = keyOf(record);
    if (isOver?.(record)) return this.delete(kind, key);
    const records = this.records[kind];
    const before = records.get(key);
    records.set(key, record);
    this.changed(kind, before, record);
  }

  delete<Kind extends RecordKind>(kind: Kind, key: KeyOf<Kind>): void {
    const records = this.records[kind];
    const before = records.get(key);
    records.delete(key);
    this.changed(kind, before, undefined);
  }

  watch(watcher: StateWatcher): void {
    this.indexes.watchers.push(watcher);
  }

  instancesOf(cluster: ClusterName): ReadonlySet<InstanceId> {
    return this.indexes.clusterInstances.get(cluster) ?? NONE;
  }

  tasksOn(instance: InstanceId): ReadonlySet<TaskId> {
    return this.indexes.instanceTasks.get(instance) ?? NONE;
  }

  tasksOf(service: ServiceKey): ReadonlySet<TaskId> {
    return this.indexes.serviceTasks.get(service) ?? NONE;
  }

  targetGroupsOf(task: TaskId): ReadonlySet<string> {
    return this.indexes.taskTargetGroups.get(task) ?? NONE;
  }

  taskDefinition(ref: TaskDefinitionRef): TaskDefinition | undefined {
    return this.get('task-definition', revisionKey(ref));
  }

  accountSettings(): AccountSettings {
    return this.get('account-settings', 'account') ?? NO_ACCOUNT_SETTINGS;
  }

  private changed<Kind extends RecordKind>(
    kind: Kind,
    before: RecordOf<Kind> | undefined,
    after: RecordOf<Kind> | undefined,
  ): void {
    const indexes: Indexes = this.indexes;
    indexes[kind]?.(before, after);
  }
}
