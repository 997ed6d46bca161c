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

/** Which service a task is of, also of one that has just stopped and left the state. */
export type ServiceOf = (task: TaskId) => ServiceKey | undefined;

/** The services that may have a next step after an event. `state` has it folded. */
export function servicesTouchedBy(
  event: DomainEvent,
  state: ReadonlyClusterState,
  serviceOf: ServiceOf,
): readonly ServiceKey[] {
  if (isEventOf('service', event)) return [serviceKey(event.cluster, event.service)];
  switch (event.type) {
    case 'TasksPlaced':
      return known(event.tasks.map(({ id }) => serviceOf(id)));
    case 'TaskStopRequested':
    case 'TaskProgressed':
    case 'TaskProtectionSet':
      return known([serviceOf(event.task)]);
    case 'TaskStopped':
      return [...known([serviceOf(event.task)]), ...leftOn(state, event.instance)];
    case 'TasksGivenUp':
      return [...known(event.tasks.map(serviceOf)), ...leftOn(state, event.instance)];
    case 'InstanceRegistered':
    case 'InstanceReregistered':
    case 'InstanceStatusChanged':
    case 'InstanceDeregistered':
    case 'InstanceAttributesSet':
      return [...servicesOn(state, event.instance), ...daemonsOf(state, event.cluster)];
    // Where a DAEMON service belongs, or may start now. Of other services a lost instance's tasks tell.
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

/** The tasks that an event brings into a service, with their service. */
export function tasksBroughtBy(event: DomainEvent): readonly (readonly [TaskId, ServiceKey])[] {
  if (event.type !== 'TasksPlaced') return [];
  return event.tasks.flatMap(({ id, service }) =>
    service ? [[id, serviceKey(event.cluster, service.name)] as const] : [],
  );
}

/** The tasks that are over after an event. */
export function tasksEndedBy(event: DomainEvent): readonly TaskId[] {
  if (event.type === 'TaskStopped') return [event.task];
  return event.type === 'TasksGivenUp' ? event.tasks : [];
}

const known = (keys: readonly (ServiceKey | undefined)[]): readonly ServiceKey[] => [
  ...new Set(keys.filter((key) => key !== undefined)),
];

function servicesOn(state: ReadonlyClusterState, instance: InstanceId): readonly ServiceKey[] {
  const tasks = [...state.tasksOn(instance)].map((id) => state.tasks.get(id));
  return known(tasks.map((task) => task?.service && serviceKey(task.cluster, task.service.name)));
}

/** The services whose tasks are, or belong, in a target group. */
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

/** A DAEMON service's task is the last to be stopped on an instance that drains: it waits for the others. */
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
