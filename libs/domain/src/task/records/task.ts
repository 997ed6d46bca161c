import type * as Ecs from '../../ecs/shapes';
import type { ClusterName, EpochMs, InstanceId, TaskId } from '../../ids';
import type { Resources } from '../../resources';
import type { LogLocation } from '../../task-definition/records/log-location';
import type { TaskDefinitionRef } from '../../task-definition/records/task-definition';
import { type DesiredStatus, isForward, type StopCode, type TaskStatus } from './task-status';

/** A container of a placed task, with the members of definition and overrides that readers and the fold need. */
export interface PlacedContainer {
  /** A UUID, which is the last part of the container's ARN. */
  readonly id: string;
  readonly name: string;
  readonly image: string;
  /** Sizes as ECS displays them: numbers as text, in the units of {@link Resources}. */
  readonly cpu: string;
  readonly memory?: string;
  readonly memoryReservation?: string;
  readonly essential: boolean;
  readonly hasHealthCheck: boolean;
  /** GPU ids of the instance that are assigned to this container. Absent if it requests none. */
  readonly gpuIds?: readonly string[];
  /**
   * Digest of the image to run, even if the tag has moved since. It is the digest with which the deployment of the
   * service started.
   */
  readonly pinnedDigest?: string;
  /** Log group and stream. Present for containers with the log driver `awslogs`. */
  readonly log?: LogLocation;
}

/** A task as a scheduler places it. It refers to the definition and does not copy it. */
export interface PlacedTask {
  readonly id: TaskId;
  readonly taskDefinition: TaskDefinitionRef;
  readonly containers: readonly PlacedContainer[];
  readonly overrides: Ecs.TaskOverride;
  /** Resources that the ledger reserves for the task. */
  readonly resources: Resources;
  /** Task-level sizes as text, as ECS displays them: from the definition, or the sum over the containers. */
  readonly cpu: string;
  readonly memory: string;
  readonly group: string;
  readonly launchType: 'EC2' | 'FARGATE' | 'EXTERNAL';
  readonly startedBy?: string;
  readonly tags: readonly Ecs.Tag[];
  readonly enableExecuteCommand: boolean;
  readonly availabilityZone?: string;
  /** Present for tasks of a service. */
  readonly service?: { readonly name: string; readonly deployment: string };
}

export type ContainerStatus = 'PENDING' | 'RUNNING' | 'STOPPED';
export type HealthStatus = 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';

/** Status of one container as the agent reports it. Unknown members are absent. */
export interface ContainerReport {
  readonly name: string;
  readonly lastStatus: ContainerStatus;
  readonly runtimeId?: string;
  readonly imageDigest?: string;
  readonly exitCode?: number;
  /** `<ErrorName>: <message>`, at most 1024 characters (ecs-api 5.5.5). */
  readonly reason?: string;
  readonly networkBindings?: readonly Ecs.NetworkBinding[];
  readonly healthStatus?: HealthStatus;
}

export interface TaskContainer extends PlacedContainer, Omit<ContainerReport, 'name'> {
  readonly networkBindings: readonly Ecs.NetworkBinding[];
  readonly healthStatus: HealthStatus;
}

/** State of one task. */
export interface Task extends Omit<PlacedTask, 'containers'> {
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly containers: readonly TaskContainer[];
  readonly lastStatus: TaskStatus;
  readonly desiredStatus: DesiredStatus;
  readonly healthStatus: HealthStatus;
  /** Starts at 1 and increases by one with each change. */
  readonly version: number;
  readonly createdAt: EpochMs;
  /** Time of the agent's first report about the task. */
  readonly connectivityAt?: EpochMs;
  readonly pullStartedAt?: EpochMs;
  readonly pullStoppedAt?: EpochMs;
  readonly startedAt?: EpochMs;
  readonly stoppingAt?: EpochMs;
  readonly executionStoppedAt?: EpochMs;
  readonly stoppedAt?: EpochMs;
  readonly stopCode?: StopCode;
  readonly stoppedReason?: string;
  /** Time until which a service does not stop the task to scale in or to deploy (ecs-api 5.16). */
  readonly protectedUntil?: EpochMs | undefined;
  /** Time at which the health checks of its essential containers first passed. */
  readonly healthyAt?: EpochMs;
  /** Time at which a load balancer first found a target of the task healthy. */
  readonly servedAt?: EpochMs;
  /** True if its service stopped it because it was unhealthy. */
  readonly stoppedUnhealthy?: true;
}

/**
 * Decision to stop a task, made by a user, a service, or because the instance left. The code and reason of the first
 * decision stay.
 */
export interface TaskStopRequested {
  readonly type: 'TaskStopRequested';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly task: TaskId;
  readonly stopCode: StopCode;
  readonly stoppedReason: string;
  /**
   * The task's targets are drained first. The task is DEACTIVATING, and its agent receives the stop only after
   * `TaskDrained`.
   */
  readonly drain?: true;
  /** True if a service replaces the task because it is unhealthy. */
  readonly unhealthy?: true;
}

/** No load balancer connection is left, or the deregistration delay is over. The agent can stop the task. */
export interface TaskDrained {
  readonly type: 'TaskDrained';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly task: TaskId;
}

/** Agent's report on a task that has not stopped. `lastStatus` never moves backwards. */
export interface TaskProgressed {
  readonly type: 'TaskProgressed';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly task: TaskId;
  readonly lastStatus: TaskStatus;
  readonly containers: readonly ContainerReport[];
  readonly pullStartedAt?: EpochMs;
  readonly pullStoppedAt?: EpochMs;
  readonly executionStoppedAt?: EpochMs;
}

/** End of the task: its containers have stopped or were never created. Releases the task's resources in the ledger. */
export interface TaskStopped {
  readonly type: 'TaskStopped';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly task: TaskId;
  readonly containers: readonly ContainerReport[];
  /** Applies only if no stop was requested before. */
  readonly stopCode: StopCode;
  readonly stoppedReason: string;
  readonly pullStartedAt?: EpochMs;
  readonly pullStoppedAt?: EpochMs;
  readonly executionStoppedAt?: EpochMs;
}

/**
 * Marks these tasks STOPPED without a report from the agent, after a forced deregistration or the loss of the instance.
 */
export interface TasksGivenUp {
  readonly type: 'TasksGivenUp';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly tasks: readonly TaskId[];
  readonly stopCode: StopCode;
  readonly stoppedReason: string;
}

/** The complete new set of tags of the task. */
export interface TaskTagsSet {
  readonly type: 'TaskTagsSet';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly task: TaskId;
  readonly tags: readonly Ecs.Tag[];
}

/** UpdateTaskProtection: the time until which the task is protected. Absent: the protection ends. */
export interface TaskProtectionSet {
  readonly type: 'TaskProtectionSet';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly task: TaskId;
  readonly protectedUntil?: EpochMs | undefined;
}

/** Events on `journal.task.<cluster>.<instance>`. */
export type TaskEvent =
  TaskStopRequested | TaskDrained | TaskProgressed | TaskStopped | TasksGivenUp | TaskTagsSet | TaskProtectionSet;

/** Returns the task at the time of its placement. */
export function placedTask(placed: PlacedTask, cluster: ClusterName, instance: InstanceId, at: EpochMs): Task {
  // New members come before the spread. After it, they would turn each record into a dictionary, which is many times
  // slower and larger.
  return {
    cluster,
    instance,
    lastStatus: 'PENDING',
    desiredStatus: 'RUNNING',
    healthStatus: 'UNKNOWN',
    version: 1,
    createdAt: at,
    ...placed,
    containers: placed.containers.map((container) => ({
      lastStatus: 'PENDING',
      networkBindings: [],
      healthStatus: 'UNKNOWN',
      ...container,
    })),
  };
}

/** Returns the task after an event that refers to it. A `TasksGivenUp` is applied to each of its tasks. */
export function evolveTask(task: Task, event: TaskEvent, at: EpochMs): Task {
  if (task.lastStatus === 'STOPPED') return task;
  switch (event.type) {
    case 'TaskStopRequested':
      return task.desiredStatus === 'STOPPED' ? task : stopRequested(task, event, at);
    case 'TaskDrained':
      return task.lastStatus === 'DEACTIVATING' ? { ...changed(task), lastStatus: 'STOPPING' } : task;
    case 'TaskProgressed':
      return progressed(task, event, at);
    case 'TaskStopped':
      return stopped({ ...changed(task), ...reported(task, event, at), ...stopWanted(task, event, at) }, at);
    case 'TasksGivenUp':
      return stopped({ ...changed(task), ...stopWanted(task, event, at) }, at);
    case 'TaskTagsSet':
      return { ...changed(task), tags: event.tags };
    case 'TaskProtectionSet':
      return { ...changed(task), protectedUntil: event.protectedUntil };
  }
}

/**
 * Returns the task after a load balancer found a target of it healthy. The version stays, because readers do not see
 * this change.
 */
export function servedTask(task: Task, at: EpochMs): Task {
  return task.servedAt === undefined && task.desiredStatus === 'RUNNING' ? { ...task, servedAt: at } : task;
}

function changed(task: Task): Task {
  return { ...task, version: task.version + 1 };
}

function stopRequested(task: Task, event: TaskStopRequested, at: EpochMs): Task {
  const next = {
    ...changed(task),
    ...stopWanted(task, event, at),
    ...(event.unhealthy && { stoppedUnhealthy: true as const }),
  };
  return event.drain && task.lastStatus === 'RUNNING' ? { ...next, lastStatus: 'DEACTIVATING' } : next;
}

function progressed(task: Task, event: TaskProgressed, at: EpochMs): Task {
  const next = { ...changed(task), ...reported(task, event, at) };
  if (!isForward(task.lastStatus, event.lastStatus)) return next;
  const startsNow = task.startedAt === undefined && event.lastStatus === 'RUNNING';
  return { ...next, lastStatus: event.lastStatus, ...(startsNow && { startedAt: at }) };
}

/** Returns the members that an agent's report sets. */
function reported(task: Task, event: TaskProgressed | TaskStopped, at: EpochMs): Partial<Task> {
  const containers = task.containers.map((container) => {
    const report = event.containers.find(({ name }) => name === container.name);
    return report ? { ...container, ...report } : container;
  });
  const healthStatus = taskHealth(containers);
  const healthyAt = task.healthyAt ?? (healthStatus === 'HEALTHY' ? at : undefined);
  return {
    containers,
    healthStatus,
    ...(healthyAt !== undefined && { healthyAt }),
    connectivityAt: task.connectivityAt ?? at,
    ...(event.pullStartedAt !== undefined && { pullStartedAt: event.pullStartedAt }),
    ...(event.pullStoppedAt !== undefined && { pullStoppedAt: event.pullStoppedAt }),
    ...(event.executionStoppedAt !== undefined && { executionStoppedAt: event.executionStoppedAt }),
  };
}

/** The first decision to stop is kept. */
function stopWanted(
  task: Task,
  event: { readonly stopCode: StopCode; readonly stoppedReason: string },
  at: EpochMs,
): Partial<Task> {
  if (task.desiredStatus === 'STOPPED') return {};
  return { desiredStatus: 'STOPPED', stoppingAt: at, stopCode: event.stopCode, stoppedReason: event.stoppedReason };
}

function stopped(task: Task, at: EpochMs): Task {
  return {
    ...task,
    lastStatus: 'STOPPED',
    stoppedAt: at,
    tags: [],
    containers: task.containers.map((container) => ({ ...container, lastStatus: 'STOPPED' })),
  };
}

/**
 * Returns the combined health of the essential containers with a health check: UNHEALTHY if any is, else UNKNOWN if any
 * is, else HEALTHY (ecs-api 5.5.2).
 */
export function taskHealth(containers: readonly TaskContainer[]): HealthStatus {
  const checked = containers.filter(({ essential, hasHealthCheck }) => essential && hasHealthCheck);
  if (checked.length === 0) return 'UNKNOWN';
  if (checked.some(({ healthStatus }) => healthStatus === 'UNHEALTHY')) return 'UNHEALTHY';
  return checked.some(({ healthStatus }) => healthStatus === 'UNKNOWN') ? 'UNKNOWN' : 'HEALTHY';
}
