import {
  type AccountSettings,
  applyEvent,
  type Cluster,
  type ClusterName,
  type ContainerInstance,
  type EpochMs,
  type InstanceId,
  type LoadBalancer,
  NO_ACCOUNT_SETTINGS,
  type Service,
  type ServiceDeployment,
  type ServiceKey,
  serviceKey,
  type StateStore,
  type TargetGroup,
  type Task,
  type TaskDefinition,
  type TaskDefinitionRef,
  type TaskId,
} from '@stowage/domain';
import type { CommittedTransaction, StoredEvent } from '@stowage/journal';
import { Records } from './records';

/** What a transaction with a client token came to. */
export interface ClientTokenUse {
  readonly cluster: ClusterName;
  readonly tokenHash: string;
  readonly parametersHash: string;
  readonly tasks: readonly TaskId[];
  readonly at: EpochMs;
  readonly sequence: number;
}

/** Records that may be kept from batch to batch, at some 5 kB. */
const RECORDS_MAX = 20_000;

/**
 * The records that a batch touches, loaded before and written back after. `applyEvent` works on it as it does on
 * `ClusterState`, so the rows cannot come to mean anything else. Principals and join tokens have no rows: nobody looks
 * them up here, and their sealed secrets belong in the journal only.
 */
export class WorkingSet implements StateStore {
  readonly clusters = new Records<Cluster>('clusters');
  readonly instances = new Records<ContainerInstance>('container_instances');
  readonly tasks = new Records<Task>('tasks');
  readonly services = new Records<Service>('services');
  readonly serviceDeployments = new Records<ServiceDeployment>('service_deployments');
  readonly taskDefinitions = new Records<TaskDefinition>('task_definitions');
  readonly loadBalancers = new Records<LoadBalancer>('load_balancers');
  readonly targetGroups = new Records<TargetGroup>('target_groups');
  readonly settings = new Records<AccountSettings>('account_settings');
  readonly clientTokens = new Map<string, ClientTokenUse>();
  private sequence: number;

  /** `position`: up to where the rows sum up the journal that records are loaded from. */
  constructor(position: number) {
    this.sequence = position;
  }

  /** How far the records are. */
  get position(): number {
    return this.sequence;
  }

  apply({ events, sequence }: CommittedTransaction): void {
    const used = new Set<string>();
    for (const stored of events) {
      this.sequence = stored.sequence;
      applyEvent(this, stored.event, stored);
      this.noteClientToken(stored, used);
    }
    this.sequence = sequence;
  }

  /** Everything is in the tables. What is unlikely to be needed again is let go, and all when it gets too much. */
  settle(): void {
    for (const { value } of this.tasks.changed) if (value.lastStatus === 'STOPPED') this.tasks.forget(value.id);
    for (const records of this.all) records.settle();
    this.clientTokens.clear();
  }

  get isFull(): boolean {
    return this.all.reduce((size, records) => size + records.size, 0) > RECORDS_MAX;
  }

  private get all(): readonly Records<unknown>[] {
    return [
      this.clusters,
      this.instances,
      this.tasks,
      this.services,
      this.serviceDeployments,
      this.taskDefinitions,
      this.loadBalancers,
      this.targetGroups,
      this.settings,
    ];
  }

  cluster(name: ClusterName): Cluster | undefined {
    return this.clusters.get(name);
  }

  putCluster(cluster: Cluster): void {
    this.clusters.put(cluster.name, cluster, this.sequence);
  }

  instance(id: InstanceId): ContainerInstance | undefined {
    const instance = this.instances.get(id);
    return instance && !isForgotten(instance) ? instance : undefined;
  }

  putInstance(instance: ContainerInstance): void {
    this.instances.put(instance.id, instance, this.sequence);
  }

  task(id: TaskId): Task | undefined {
    return this.tasks.get(id);
  }

  putTask(task: Task): void {
    this.tasks.put(task.id, task, this.sequence);
  }

  service(key: ServiceKey): Service | undefined {
    const service = this.services.get(key);
    return service?.status === 'INACTIVE' ? undefined : service;
  }

  putService(service: Service): void {
    this.services.put(serviceKey(service.cluster, service.name), service, this.sequence);
  }

  serviceDeployment(id: string): ServiceDeployment | undefined {
    return this.serviceDeployments.get(id);
  }

  putServiceDeployment(deployment: ServiceDeployment): void {
    this.serviceDeployments.put(deployment.id, deployment, this.sequence);
  }

  taskDefinition(ref: TaskDefinitionRef): TaskDefinition | undefined {
    return this.taskDefinitions.get(revisionKey(ref));
  }

  putTaskDefinition(revision: TaskDefinition): void {
    this.taskDefinitions.put(revisionKey(revision), revision, this.sequence);
  }

  deleteTaskDefinition(ref: TaskDefinitionRef): void {
    this.taskDefinitions.remove(revisionKey(ref));
  }

  loadBalancer(name: string): LoadBalancer | undefined {
    return this.loadBalancers.get(name);
  }

  putLoadBalancer(loadBalancer: LoadBalancer): void {
    this.loadBalancers.put(loadBalancer.name, loadBalancer, this.sequence);
  }

  deleteLoadBalancer(name: string): void {
    this.loadBalancers.remove(name);
  }

  targetGroup(name: string): TargetGroup | undefined {
    return this.targetGroups.get(name);
  }

  putTargetGroup(group: TargetGroup): void {
    this.targetGroups.put(group.name, group, this.sequence);
  }

  deleteTargetGroup(name: string): void {
    this.targetGroups.remove(name);
  }

  accountSettings(): AccountSettings {
    return this.settings.get(ACCOUNT) ?? NO_ACCOUNT_SETTINGS;
  }

  putAccountSettings(settings: AccountSettings): void {
    this.settings.put(ACCOUNT, settings, this.sequence);
  }

  principal(): undefined {
    return undefined;
  }

  putPrincipal(): void {}

  joinToken(): undefined {
    return undefined;
  }

  putJoinToken(): void {}

  /** One request may place on several instances: the tasks of one transaction add up, a later transaction replaces. */
  private noteClientToken({ event, at, sequence }: StoredEvent, usedInTransaction: Set<string>): void {
    if (event.type !== 'TasksPlaced' || !event.clientToken) return;
    const { cluster, clientToken } = event;
    const key = `${cluster}/${clientToken.tokenHash}`;
    const earlier = usedInTransaction.has(key) ? (this.clientTokens.get(key)?.tasks ?? []) : [];
    const tasks = [...earlier, ...event.tasks.map(({ id }) => id)];
    this.clientTokens.set(key, { cluster, ...clientToken, tasks, at, sequence });
    usedInTransaction.add(key);
  }
}

/** Key of the one record of account settings. */
export const ACCOUNT = 'account';

export function revisionKey({ family, revision }: TaskDefinitionRef): string {
  return `${family}:${String(revision)}`;
}

/** The fold forgets an INACTIVE instance with its last task; its row stays, but no event may find it any more. */
function isForgotten({ status, runningTasksCount, pendingTasksCount }: ContainerInstance): boolean {
  return status === 'INACTIVE' && runningTasksCount + pendingTasksCount === 0;
}
