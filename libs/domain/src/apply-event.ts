import { evolveAccountSettings, evolveJoinToken, evolvePrincipal, type PrincipalEvent } from './account/account';
import { evolveCluster } from './cluster/cluster';
import {
  type ContainerInstance,
  evolveInstance,
  type InstanceEvent,
  type TasksPlaced,
} from './container-instance/container-instance';
import type { DomainEvent, EventMeta } from './events';
import type { ClusterName, EpochMs } from './ids';
import { evolveLoadBalancer } from './load-balancing/evolve-load-balancer';
import { evolveTargetGroup } from './load-balancing/evolve-target-group';
import type { LoadBalancerEvent } from './load-balancing/load-balancer';
import type { TargetGroupEvent } from './load-balancing/target-group';
import { minus, plus } from './resources';
import { serviceAfterTask } from './service/count-tasks';
import { evolveService } from './service/evolve-service';
import { serviceKey } from './service/service';
import { evolveServiceDeployment, serviceDeploymentsOf } from './service/service-deployment';
import type { ServiceEvent } from './service/service-events';
import type { StateStore } from './state-store';
import { evolveTask, placedTask, type Task, type TaskEvent } from './task/task';
import { countsAs } from './task/task-status';
import { evolveTaskDefinition, type TaskDefinitionEvent } from './task-definition/task-definition';

/**
 * The one meaning of an event: changes the records in `store` that it speaks of. Total and deterministic: an event
 * about something the store does not know (a stopped task, a deleted cluster) changes nothing.
 */
export function applyEvent(store: StateStore, event: DomainEvent, meta: Pick<EventMeta, 'at'>): void {
  if ('loadBalancer' in event) return applyLoadBalancerEvent(store, event, meta.at);
  if ('targetGroup' in event) return applyTargetGroupEvent(store, event, meta.at);
  switch (event.type) {
    case 'JournalOpened':
      return;
    case 'ClusterCreated':
    case 'ClusterUpdated':
    case 'ClusterDeleted':
    case 'ClusterTagsSet': {
      const cluster = evolveCluster(store.cluster(event.cluster), event, meta.at);
      if (cluster) store.putCluster(cluster);
      return;
    }
    case 'TasksPlaced':
      return applyPlacement(store, event, meta.at);
    case 'InstanceRegistered':
    case 'InstanceReregistered':
    case 'InstanceStatusChanged':
    case 'InstanceDeregistered':
    case 'InstanceConnectionChanged':
    case 'InstanceLost':
    case 'InstanceRecovered':
    case 'InstanceAttributesSet':
    case 'InstanceTagsSet':
      return applyInstanceEvent(store, event, meta.at);
    case 'TaskStopRequested':
    case 'TaskDrained':
    case 'TaskProgressed':
    case 'TaskStopped':
    case 'TaskTagsSet':
    case 'TaskProtectionSet':
    case 'TasksGivenUp':
      return applyTaskEvent(store, event, meta.at);
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
      return applyServiceEvent(store, event, meta.at);
    case 'TaskDefinitionRegistered':
    case 'TaskDefinitionDeregistered':
    case 'TaskDefinitionDeletionRequested':
    case 'TaskDefinitionDeleted':
    case 'TaskDefinitionTagsSet':
      return applyTaskDefinitionEvent(store, event, meta.at);
    case 'AccountSettingPut':
    case 'AccountSettingDeleted':
      return store.putAccountSettings(evolveAccountSettings(store.accountSettings(), event));
    case 'PrincipalCreated':
    case 'AccessKeyCreated':
    case 'AccessKeyDeleted':
      return applyPrincipalEvent(store, event, meta.at);
    case 'JoinTokenCreated':
    case 'JoinTokenUsed': {
      const token = evolveJoinToken(store.joinToken(event.token), event);
      if (token) store.putJoinToken(token);
      return;
    }
  }
}

function applyPrincipalEvent(store: StateStore, event: PrincipalEvent, at: EpochMs): void {
  const name = event.type === 'PrincipalCreated' ? event.name : event.principal;
  const principal = evolvePrincipal(store.principal(name), event, at);
  if (principal) store.putPrincipal(principal);
}

function applyInstanceEvent(store: StateStore, event: Exclude<InstanceEvent, TasksPlaced>, at: EpochMs): void {
  const instance = evolveInstance(store.instance(event.instance), event, at);
  if (!instance) return;
  store.putInstance(instance);
  if (event.type === 'InstanceRegistered') count(store, event.cluster, { registered: 1 });
  if (event.type === 'InstanceDeregistered') count(store, event.cluster, { registered: -1 });
}

function applyPlacement(store: StateStore, event: TasksPlaced, at: EpochMs): void {
  const instance = store.instance(event.instance);
  if (!instance) return;
  let used = instance.used;
  for (const placed of event.tasks) {
    const task = placedTask(placed, event.cluster, event.instance, at);
    store.putTask(task);
    bookForService(store, undefined, task, at);
    used = plus(used, placed.resources);
  }
  const pendingTasksCount = instance.pendingTasksCount + event.tasks.length;
  store.putInstance({ ...instance, version: instance.version + 1, used, pendingTasksCount });
  count(store, event.cluster, { pending: event.tasks.length });
}

function applyTaskEvent(store: StateStore, event: TaskEvent, at: EpochMs): void {
  const ids = event.type === 'TasksGivenUp' ? event.tasks : [event.task];
  for (const id of ids) {
    const before = store.task(id);
    if (!before || before.lastStatus === 'STOPPED') continue;
    const after = evolveTask(before, event, at);
    store.putTask(after);
    bookTransition(store, before, after);
    bookForService(store, before, after, at);
  }
}

/** What a change of a task changes in the counters and, when it stopped, in the ledger. */
function bookTransition(store: StateStore, before: Task, after: Task): void {
  const [from, to] = [countsAs(before.lastStatus), countsAs(after.lastStatus)];
  const delta = {
    pending: Number(to === 'pending') - Number(from === 'pending'),
    running: Number(to === 'running') - Number(from === 'running'),
  };
  if (from !== to) count(store, before.cluster, delta);
  const instance = store.instance(before.instance);
  if (instance) store.putInstance(afterTransition(instance, before, after, delta));
}

function afterTransition(
  instance: ContainerInstance,
  before: Task,
  after: Task,
  delta: { readonly pending: number; readonly running: number },
): ContainerInstance {
  const stopped = after.lastStatus === 'STOPPED';
  const was = dynamicPorts(before);
  const is = stopped ? { tcp: [], udp: [] } : dynamicPorts(after);
  const portsChanged = was.tcp.join() !== is.tcp.join() || was.udp.join() !== is.udp.join();
  if (!stopped && !portsChanged && delta.pending === 0 && delta.running === 0) return instance;
  return {
    ...instance,
    version: instance.version + 1,
    pendingTasksCount: instance.pendingTasksCount + delta.pending,
    runningTasksCount: instance.runningTasksCount + delta.running,
    used: stopped ? minus(instance.used, after.resources) : instance.used,
    dynamicPorts: [...instance.dynamicPorts.filter((port) => !was.tcp.includes(port)), ...is.tcp],
    dynamicPortsUdp: [...instance.dynamicPortsUdp.filter((port) => !was.udp.includes(port)), ...is.udp],
  };
}

/** The host ports of a task that the agent reports and the ledger did not book. */
function dynamicPorts(task: Task): { readonly tcp: readonly number[]; readonly udp: readonly number[] } {
  const bindings = task.containers.flatMap(({ networkBindings }) => networkBindings);
  const of = (protocol: 'tcp' | 'udp', fixed: readonly number[]): readonly number[] =>
    bindings
      .filter((binding) => (binding.protocol ?? 'tcp') === protocol && binding.hostPort !== undefined)
      .map(({ hostPort }) => hostPort ?? 0)
      .filter((port) => !fixed.includes(port));
  return { tcp: of('tcp', task.resources.ports), udp: of('udp', task.resources.portsUdp) };
}

function count(
  store: StateStore,
  name: ClusterName,
  delta: {
    readonly registered?: number;
    readonly pending?: number;
    readonly running?: number;
    readonly services?: number;
  },
): void {
  const cluster = store.cluster(name);
  if (!cluster) return;
  store.putCluster({
    ...cluster,
    registeredContainerInstancesCount: cluster.registeredContainerInstancesCount + (delta.registered ?? 0),
    pendingTasksCount: cluster.pendingTasksCount + (delta.pending ?? 0),
    runningTasksCount: cluster.runningTasksCount + (delta.running ?? 0),
    activeServicesCount: cluster.activeServicesCount + (delta.services ?? 0),
  });
}

/** What a change of a task changes in the service that it belongs to. */
function bookForService(store: StateStore, before: Task | undefined, after: Task, at: EpochMs): void {
  if (!after.service) return;
  const service = store.service(serviceKey(after.cluster, after.service.name));
  if (!service) return;
  const changed = serviceAfterTask(service, before, after, at);
  if (changed !== service) store.putService(changed);
}

function applyServiceEvent(store: StateStore, event: ServiceEvent, at: EpochMs): void {
  const before = store.service(serviceKey(event.cluster, event.service));
  const after = evolveService(before, event, at);
  if (!after) return;
  store.putService(after);
  if (event.type === 'ServiceCreated') count(store, event.cluster, { services: 1 });
  if (event.type === 'ServiceDeletionRequested') count(store, event.cluster, { services: -1 });
  for (const id of serviceDeploymentsOf(event)) {
    const known = store.serviceDeployment(id);
    const next = evolveServiceDeployment(event, { id, known, service: before ?? after, at });
    if (next) store.putServiceDeployment(next);
  }
}

function applyTaskDefinitionEvent(store: StateStore, event: TaskDefinitionEvent, at: EpochMs): void {
  const revision = evolveTaskDefinition(store.taskDefinition(event), event, at);
  if (revision) store.putTaskDefinition(revision);
  else store.deleteTaskDefinition(event);
}

function applyLoadBalancerEvent(store: StateStore, event: LoadBalancerEvent, at: EpochMs): void {
  const loadBalancer = evolveLoadBalancer(store.loadBalancer(event.loadBalancer), event, at);
  if (loadBalancer) store.putLoadBalancer(loadBalancer);
  else store.deleteLoadBalancer(event.loadBalancer);
}

function applyTargetGroupEvent(store: StateStore, event: TargetGroupEvent, at: EpochMs): void {
  const group = evolveTargetGroup(store.targetGroup(event.targetGroup), event, at);
  if (group) store.putTargetGroup(group);
  else store.deleteTargetGroup(event.targetGroup);
}
