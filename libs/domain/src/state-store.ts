import type { AccountSettings, JoinToken, Principal } from './account/account';
import type { Cluster } from './cluster/cluster';
import type { ContainerInstance } from './container-instance/container-instance';
import type { DomainEvent } from './events';
import type { ClusterName, InstanceId, TaskId } from './ids';
import type { LoadBalancer } from './load-balancing/load-balancer';
import type { TargetGroup } from './load-balancing/target-group';
import { type Service, type ServiceKey, serviceKey } from './service/service';
import { type ServiceDeployment, serviceDeploymentsOf } from './service/service-deployment';
import type { Task } from './task/task';
import type { TaskDefinition, TaskDefinitionRef } from './task-definition/task-definition';

/**
 * Where records live while events are applied. `ClusterState` keeps them in memory; the projector keeps those that a
 * batch touches, loaded from and written back to Postgres. One `applyEvent` over both is why they cannot differ.
 */
export interface StateStore {
  cluster(name: ClusterName): Cluster | undefined;
  putCluster(cluster: Cluster): void;
  instance(id: InstanceId): ContainerInstance | undefined;
  putInstance(instance: ContainerInstance): void;
  task(id: TaskId): Task | undefined;
  /** A STOPPED task is put once, last; a store that keeps no history forgets it then. */
  putTask(task: Task): void;
  service(key: ServiceKey): Service | undefined;
  /** An INACTIVE service is put once, last; a store that keeps no history forgets it then. */
  putService(service: Service): void;
  serviceDeployment(id: string): ServiceDeployment | undefined;
  /** One that has ended is put once, last; a store that keeps no history forgets it then. */
  putServiceDeployment(deployment: ServiceDeployment): void;
  taskDefinition(ref: TaskDefinitionRef): TaskDefinition | undefined;
  putTaskDefinition(revision: TaskDefinition): void;
  deleteTaskDefinition(ref: TaskDefinitionRef): void;
  loadBalancer(name: string): LoadBalancer | undefined;
  putLoadBalancer(loadBalancer: LoadBalancer): void;
  deleteLoadBalancer(name: string): void;
  targetGroup(name: string): TargetGroup | undefined;
  putTargetGroup(group: TargetGroup): void;
  deleteTargetGroup(name: string): void;
  accountSettings(): AccountSettings;
  putAccountSettings(settings: AccountSettings): void;
  principal(name: string): Principal | undefined;
  putPrincipal(principal: Principal): void;
  joinToken(id: string): JoinToken | undefined;
  putJoinToken(token: JoinToken): void;
}

/** The records that applying an event reads or writes: what a store that loads on demand must have at hand. */
export interface TouchedRecords {
  readonly clusters?: readonly ClusterName[];
  readonly instances?: readonly InstanceId[];
  /** And the service of each, which is known by the task. */
  readonly tasks?: readonly TaskId[];
  readonly services?: readonly ServiceKey[];
  readonly serviceDeployments?: readonly string[];
  readonly taskDefinitions?: readonly TaskDefinitionRef[];
  readonly loadBalancers?: readonly string[];
  readonly targetGroups?: readonly string[];
  readonly accountSettings?: true;
  readonly principals?: readonly string[];
  readonly joinTokens?: readonly string[];
}

export function touchedBy(event: DomainEvent): TouchedRecords {
  if ('loadBalancer' in event) return { loadBalancers: [event.loadBalancer] };
  if ('targetGroup' in event) return { targetGroups: [event.targetGroup] };
  if ('task' in event) return { clusters: [event.cluster], instances: [event.instance], tasks: [event.task] };
  switch (event.type) {
    case 'JournalOpened':
      return {};
    case 'ClusterCreated':
    case 'ClusterUpdated':
    case 'ClusterDeleted':
    case 'ClusterTagsSet':
      return { clusters: [event.cluster] };
    case 'InstanceRegistered':
    case 'InstanceReregistered':
    case 'InstanceStatusChanged':
    case 'InstanceDeregistered':
    case 'InstanceConnectionChanged':
    case 'InstanceLost':
    case 'InstanceRecovered':
    case 'InstanceAttributesSet':
    case 'InstanceTagsSet':
      return { clusters: [event.cluster], instances: [event.instance] };
    case 'TasksPlaced':
      return {
        clusters: [event.cluster],
        instances: [event.instance],
        tasks: event.tasks.map(({ id }) => id),
        services: event.tasks.flatMap(({ service }) => (service ? [serviceKey(event.cluster, service.name)] : [])),
      };
    case 'TasksGivenUp':
      return { clusters: [event.cluster], instances: [event.instance], tasks: event.tasks };
    case 'ServiceCreated':
    case 'ServiceUpdated':
    case 'DaemonResized':
    case 'DeploymentStarted':
    case 'ServiceStepTaken':
    case 'DeploymentCompleted':
    case 'DeploymentFailed':
    case 'SteadyStateReached':
    case 'ServiceMessagesRecorded':
    case 'ServiceDeletionRequested':
    case 'ServiceDeleted':
    case 'ServiceTagsSet':
      return {
        clusters: [event.cluster],
        services: [serviceKey(event.cluster, event.service)],
        serviceDeployments: serviceDeploymentsOf(event),
      };
    case 'TaskDefinitionRegistered':
    case 'TaskDefinitionDeregistered':
    case 'TaskDefinitionDeletionRequested':
    case 'TaskDefinitionDeleted':
    case 'TaskDefinitionTagsSet':
      return { taskDefinitions: [{ family: event.family, revision: event.revision }] };
    case 'AccountSettingPut':
    case 'AccountSettingDeleted':
      return { accountSettings: true };
    case 'PrincipalCreated':
      return { principals: [event.name] };
    case 'AccessKeyCreated':
    case 'AccessKeyDeleted':
      return { principals: [event.principal] };
    case 'JoinTokenCreated':
    case 'JoinTokenUsed':
      return { joinTokens: [event.token] };
  }
}
