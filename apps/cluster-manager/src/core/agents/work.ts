import {
  clusterArn,
  containerArn,
  type DomainEvent,
  type InstanceId,
  type ReadonlyClusterState,
  type Scope,
  type Task,
  taskArn,
  type WorkItem,
} from '@stowage/domain';
import { isDraining } from './decide-drained';

/** Returns the work list: all tasks of the instance that are not STOPPED. */
export function workOf(state: ReadonlyClusterState, instance: InstanceId, scope: Scope): readonly WorkItem[] {
  const items: WorkItem[] = [];
  for (const id of state.tasksOn(instance)) {
    const task = state.tasks.get(id);
    if (task) items.push(workItem(task, scope));
  }
  return items;
}

function workItem(task: Task, scope: Scope): WorkItem {
  const { cluster, stopCode, stoppedReason } = task;
  // The agent keeps a draining task running, and gets the stop when no connection is left.
  const drains = isDraining(task);
  return {
    task: task.id,
    taskArn: taskArn(scope, cluster, task.id),
    cluster,
    clusterArn: clusterArn(scope, cluster),
    taskDefinition: task.taskDefinition,
    overrides: task.overrides,
    desiredStatus: drains ? 'RUNNING' : task.desiredStatus,
    lastStatus: drains ? 'RUNNING' : task.lastStatus,
    containers: task.containers.map(({ id, name, gpuIds, pinnedDigest }) => ({
      name,
      arn: containerArn(scope, cluster, task.id, id),
      ...(gpuIds && { gpuIds }),
      ...(pinnedDigest !== undefined && { pinnedDigest }),
    })),
    group: task.group,
    ...(task.availabilityZone !== undefined && { availabilityZone: task.availabilityZone }),
    ...(task.service && { service: task.service.name }),
    ...(!drains && stopCode !== undefined && stoppedReason !== undefined && { stop: { stopCode, stoppedReason } }),
  };
}

/** Returns the instance whose work list the event changes. An agent's own reports do not change it. */
export function instanceWithNews(event: DomainEvent): InstanceId | undefined {
  switch (event.type) {
    case 'TasksPlaced':
    case 'TaskStopRequested':
    case 'TaskDrained':
    case 'TasksGivenUp':
    case 'InstanceLost':
      return event.instance;
    default:
      return undefined;
  }
}
