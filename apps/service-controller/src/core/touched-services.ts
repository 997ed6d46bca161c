import {
  type ClusterName,
  type DomainEvent,
  type InstanceId,
  isEventOf,
  type ReadonlyClusterState,
  type ServiceKey,
  serviceKey,
  type TaskId,
} from '@stowage/domain';

/** Returns the service of a task, including a task that has just stopped and is no longer in the state. */
export type ServiceOf = (task: TaskId) => ServiceKey | undefined;

/** Returns the services that may have a next step after an event. `state` includes the event. */
export function servicesTouchedBy(
  event: DomainEvent,
  state: ReadonlyClusterState,
  serviceOf: ServiceOf,
): readonly ServiceKey[] {
  if (isEventOf('service', event)) return [serviceKey(event.cluster, event.service)];
  switch (event.type) {
    case 'TasksPlaced':
      return distinct(event.tasks.map(({ id }) => serviceOf(id)));
    case 'TaskStopRequested':
    case 'TaskProgressed':
    case 'TaskProtectionSet':
      return distinct([serviceOf(event.task)]);
    case 'TaskStopped':
      return [...distinct([serviceOf(event.task)]), ...leftOn(state, event.instance)];
    case 'TasksGivenUp':
      return [...distinct(event.tasks.map(serviceOf)), ...leftOn(state, event.instance)];
    case 'InstanceRegistered':
    case 'InstanceReregistered':
    case 'InstanceStatusChanged':
    case 'InstanceDeregistered':
    case 'InstanceAttributesSet':
      return [...servicesOn(state, event.instance), ...daemonsOf(state, event.cluster)];
    // These events change the eligible instances of DAEMON services. Other services are marked by the events of their
    // tasks.
    case 'InstanceConnectionChanged':
    case 'InstanceLost':
    case 'InstanceRecovered':
      return daemonsOf(state, event.cluster);
    case 'TargetsRegistered':
    case 'TargetsDeregistered':
    case 'TargetHealthChanged':
    case 'TargetGroupDeleted':
      return servicesBehind(state, event.targetGroup);
    default:
      return [];
  }
}

/** Returns the tasks that an event adds to a service, with their service. */
export function tasksAddedBy(event: DomainEvent): readonly (readonly [TaskId, ServiceKey])[] {
  if (event.type !== 'TasksPlaced') return [];
  return event.tasks.flatMap(({ id, service }) =>
    service ? [[id, serviceKey(event.cluster, service.name)] as const] : [],
  );
}

/** Returns the tasks that have stopped with an event. */
export function tasksEndedBy(event: DomainEvent): readonly TaskId[] {
  if (event.type === 'TaskStopped') return [event.task];
  return event.type === 'TasksGivenUp' ? event.tasks : [];
}

const distinct = (keys: readonly (ServiceKey | undefined)[]): readonly ServiceKey[] => [
  ...new Set(keys.filter((key) => key !== undefined)),
];

function servicesOn(state: ReadonlyClusterState, instance: InstanceId): readonly ServiceKey[] {
  const tasks = [...state.tasksOn(instance)].map((id) => state.tasks.get(id));
  return distinct(tasks.map((task) => task?.service && serviceKey(task.cluster, task.service.name)));
}

/** Returns the services whose deployments use a target group. */
function servicesBehind(state: ReadonlyClusterState, group: string): readonly ServiceKey[] {
  const found: ServiceKey[] = [];
  for (const [key, { deployments }] of state.services) {
    const isBehind = deployments.some(({ revision }) =>
      revision.loadBalancers?.some(({ targetGroupArn }) => targetGroupArn.includes(`:targetgroup/${group}/`)),
    );
    if (isBehind) found.push(key);
  }
  return found;
}

/** Returns the services on a draining instance, because a task of a DAEMON service stops after all other tasks. */
function leftOn(state: ReadonlyClusterState, instance: InstanceId): readonly ServiceKey[] {
  return state.instances.get(instance)?.status === 'ACTIVE' ? [] : servicesOn(state, instance);
}

function daemonsOf(state: ReadonlyClusterState, cluster: ClusterName): readonly ServiceKey[] {
  const found: ServiceKey[] = [];
  for (const [key, service] of state.services) {
    if (service.cluster === cluster && service.schedulingStrategy === 'DAEMON') found.push(key);
  }
  return found;
}
