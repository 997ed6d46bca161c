import type * as Ecs from '../../ecs/shapes';
import type { ClusterName, EpochMs, InstanceId, TaskId } from '../../ids';
import type { Resources } from '../../resources';
import type { LogLocation } from '../../task-definition/records/log-location';
import type { TaskDefinitionRef } from '../../task-definition/records/task-definition';
import { type DesiredStatus, isForward, type StopCode, type TaskStatus } from './task-status';

/** A container of a placed task: what the definition and the overrides say that readers and the fold need. */
export interface PlacedContainer {
  /** A UUID: the last part of the container's ARN. */
  readonly id: string;
  readonly name: string;
  readonly image: string;
  /** As ECS shows them: numbers in text, units as in {@link Resources}. */
  readonly cpu: string;
  readonly memory?: string;
  readonly memoryReservation?: string;
  readonly essential: boolean;
  readonly hasHealthCheck: boolean;
  /** Those of the instance that are its own; absent when it asked for none. */
  readonly gpuIds?: readonly string[];
  /** The digest of the image to run, whatever its tag means by then: what the deployment of its service began with. */
  readonly pinnedDigest?: string;
  /** Of a container with the log driver `awslogs`. */
  readonly log?: LogLocation;
}

/** A task as a scheduler places it. The definition is referred to, never copied. */
export interface PlacedTask {
  readonly id: TaskId;
  readonly taskDefinition: TaskDefinitionRef;
  readonly containers: readonly PlacedContainer[];
  readonly overrides: Ecs.TaskOverride;
  /** What the ledger books for it. */
  readonly resources: Resources;
  /** Task-level sizes in text, as ECS shows them: of the definition, or the sum of its containers. */
  readonly cpu: string;
  readonly memory: string;
  readonly group: string;
  readonly launchType: 'EC2' | 'FARGATE' | 'EXTERNAL';
  readonly startedBy?: string;
  readonly tags: readonly Ecs.Tag[];
  readonly enableExecuteCommand: boolean;
  readonly availabilityZone?: string;
  /** Of tasks that belong to a service. */
  readonly service?: { readonly name: string; readonly deployment: string };
}

export type ContainerStatus = 'PENDING' | 'RUNNING' | 'STOPPED';
export type HealthStatus = 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';

/** What an agent says of one container; what it does not know is absent. */
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

/** What is folded of one task. */
export interface Task extends Omit<PlacedTask, 'containers'> {
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly containers: readonly TaskContainer[];
  readonly lastStatus: TaskStatus;
  readonly desiredStatus: DesiredStatus;
  readonly healthStatus: HealthStatus;
  /** From 1, one more for every change. */
  readonly version: number;
  readonly createdAt: EpochMs;
  /** When the agent first spoke of the task. */
  readonly connectivityAt?: EpochMs;
  readonly pullStartedAt?: EpochMs;
  readonly pullStoppedAt?: EpochMs;
  readonly startedAt?: EpochMs;
  readonly stoppingAt?: EpochMs;
  readonly executionStoppedAt?: EpochMs;
  readonly stoppedAt?: EpochMs;
  readonly stopCode?: StopCode;
  readonly stoppedReason?: string;
  /** Until then a service does not stop the task to scale in or to deploy (ecs-api 5.16). */
  readonly protectedUntil?: EpochMs;
  /** When the health checks of its essential containers first passed. */
  readonly healthyAt?: EpochMs;
  /** When a load balancer first found a target of it healthy. */
  readonly servedAt?: EpochMs;
  /** Its service stopped it because it was unhealthy. */
  readonly stoppedUnhealthy?: true;
}

/** A stop was decided: by a user, a service, or because the instance left. The first one's code and reason stay. */
export interface TaskStopRequested {
  readonly type: 'TaskStopRequested';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly task: TaskId;
  readonly stopCode: StopCode;
  readonly stoppedReason: string;
  /**
   * Targets of the task are drained first: the task is DEACTIVATING, and its agent is not told to stop it before
   * `TaskDrained`.
   */
  readonly drain?: true;
  /** A service replaces the task because it is unhealthy. */
  readonly unhealthy?: true;
}

/** No connection of a load balancer is left, or it was waited long enough: now the agent is to stop the task. */
export interface TaskDrained {
  readonly type: 'TaskDrained';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly task: TaskId;
}

/** What an agent reported of a task that goes on; `lastStatus` never moves backwards. */
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

/** The task is over: its containers have stopped, or never were. Frees what the ledger booked. */
export interface TaskStopped {
  readonly type: 'TaskStopped';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly task: TaskId;
  readonly containers: readonly ContainerReport[];
  /** Only counted when no stop was requested before. */
  readonly stopCode: StopCode;
  readonly stoppedReason: string;
  readonly pullStartedAt?: EpochMs;
  readonly pullStoppedAt?: EpochMs;
  readonly executionStoppedAt?: EpochMs;
}

/** The books stop these tasks without word from the agent: forced deregistration, or a lost instance. */
export interface TasksGivenUp {
  readonly type: 'TasksGivenUp';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly tasks: readonly TaskId[];
  readonly stopCode: StopCode;
  readonly stoppedReason: string;
}

/** The task's tags as they are from now on, all of them. */
export interface TaskTagsSet {
  readonly type: 'TaskTagsSet';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly task: TaskId;
  readonly tags: readonly Ecs.Tag[];
}

/** UpdateTaskProtection: protected until then, or, without a time, no more. */
export interface TaskProtectionSet {
  readonly type: 'TaskProtectionSet';
  readonly version: 1;
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly task: TaskId;
  readonly protectedUntil?: EpochMs;
}

/** Events on `journal.task.<cluster>.<instance>`. */
export type TaskEvent =
  TaskStopRequested | TaskDrained | TaskProgressed | TaskStopped | TasksGivenUp | TaskTagsSet | TaskProtectionSet;

/** The task at the moment of its placement. */
export function placedTask(placed: PlacedTask, cluster: ClusterName, instance: InstanceId, at: EpochMs): Task {
  // New members first: added behind a spread they make a dictionary of each record, many times slower and larger.
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

/** One task after one event that speaks of it; a `TasksGivenUp` is applied to each task that it names. */
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

/** The task after a load balancer found a target of it healthy. It is no change that readers see. */
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

/** The members that a report of the agent fills. */
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

/** The first decision to stop is the one that is remembered. */
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

/** Over the essential containers with a health check: any UNHEALTHY, else any UNKNOWN, else HEALTHY (ecs-api 5.5.2). */
export function taskHealth(containers: readonly TaskContainer[]): HealthStatus {
  const checked = containers.filter(({ essential, hasHealthCheck }) => essential && hasHealthCheck);
  if (checked.length === 0) return 'UNKNOWN';
  if (checked.some(({ healthStatus }) => healthStatus === 'UNHEALTHY')) return 'UNHEALTHY';
  return checked.some(({ healthStatus }) => healthStatus === 'UNKNOWN') ? 'UNKNOWN' : 'HEALTHY';
}
