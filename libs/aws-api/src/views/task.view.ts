import {
  AWSLOGS_SUBSTITUTE,
  clusterArn,
  containerArn,
  containerInstanceArn,
  type Ecs,
  logStreamName,
  type PlacedTask,
  type Scope,
  type Task,
  taskArn,
  type TaskContainer,
  taskDefinitionArn,
} from '@stowage/domain';
import { seconds, secondsMember } from './seconds';

/** Parts of a task that are returned only on request. */
export type TaskField = 'TAGS';

/** Parts in the responses of RunTask, StartTask and StopTask. */
export const TASK_FIELDS_OF_WRITES: readonly TaskField[] = ['TAGS'];

/** Returns the API's `Task` (ecs-api 5.5.2). */
export function taskView(task: Task, scope: Scope, fields: readonly TaskField[]): Ecs.Task {
  return {
    attachments: [],
    attributes: task.containers.flatMap((container) => logAttributes(container, task, scope)),
    ...(task.availabilityZone !== undefined && { availabilityZone: task.availabilityZone }),
    clusterArn: clusterArn(scope, task.cluster),
    ...connectivity(task),
    containerInstanceArn: containerInstanceArn(scope, task.cluster, task.instance),
    containers: task.containers.map((container) => containerView(container, task, scope)),
    cpu: task.cpu,
    ...secondsMember('createdAt', task.createdAt),
    desiredStatus: task.desiredStatus,
    enableExecuteCommand: task.enableExecuteCommand,
    ...secondsMember('executionStoppedAt', task.executionStoppedAt),
    group: task.group,
    healthStatus: task.healthStatus,
    lastStatus: task.lastStatus,
    launchType: task.launchType,
    memory: task.memory,
    overrides: overridesView(task),
    ...secondsMember('pullStartedAt', task.pullStartedAt),
    ...secondsMember('pullStoppedAt', task.pullStoppedAt),
    ...secondsMember('startedAt', task.startedAt),
    ...(task.startedBy !== undefined && { startedBy: task.startedBy }),
    ...(task.stopCode !== undefined && { stopCode: task.stopCode }),
    ...secondsMember('stoppedAt', task.stoppedAt),
    ...(task.stoppedReason !== undefined && { stoppedReason: task.stoppedReason }),
    ...secondsMember('stoppingAt', task.stoppingAt),
    tags: fields.includes('TAGS') ? task.tags : [],
    taskArn: taskArn(scope, task.cluster, task.id),
    taskDefinitionArn: taskDefinitionArn(scope, task.taskDefinition.family, task.taskDefinition.revision),
    version: task.version,
  };
}

/** The agent's first report about a task marks it as connected. */
function connectivity({ connectivityAt }: Task): Pick<Ecs.Task, 'connectivity' | 'connectivityAt'> {
  return connectivityAt === undefined ? {} : { connectivity: 'CONNECTED', connectivityAt: seconds(connectivityAt) };
}

function containerView(container: TaskContainer, task: Task, scope: Scope): Ecs.Container {
  return {
    containerArn: containerArn(scope, task.cluster, task.id, container.id),
    taskArn: taskArn(scope, task.cluster, task.id),
    name: container.name,
    image: container.image,
    ...(container.imageDigest !== undefined && { imageDigest: container.imageDigest }),
    ...(container.runtimeId !== undefined && { runtimeId: container.runtimeId }),
    lastStatus: container.lastStatus,
    ...(container.exitCode !== undefined && { exitCode: container.exitCode }),
    ...(container.reason !== undefined && { reason: container.reason }),
    networkBindings: container.networkBindings,
    networkInterfaces: [],
    healthStatus: container.healthStatus,
    cpu: container.cpu,
    ...(container.memory !== undefined && { memory: container.memory }),
    ...(container.memoryReservation !== undefined && { memoryReservation: container.memoryReservation }),
    ...(container.gpuIds && { gpuIds: container.gpuIds }),
  };
}

/**
 * Location of the logs of a container with the log driver `awslogs`, which ECS has no member for, because they are not
 * in CloudWatch. `targetId` is the container.
 */
function logAttributes(container: TaskContainer, task: Task, scope: Scope): readonly Ecs.Attribute[] {
  const { log, name, runtimeId } = container;
  if (!log) return [];
  const targetId = containerArn(scope, task.cluster, task.id, container.id);
  const stream = logStreamName(log, { container: name, task: task.id, ...(runtimeId !== undefined && { runtimeId }) });
  return [
    { name: 'stowage.log-driver', value: AWSLOGS_SUBSTITUTE, targetId },
    { name: 'stowage.log-group', value: log.group, targetId },
    ...(stream === undefined ? [] : [{ name: 'stowage.log-stream', value: stream, targetId }]),
  ];
}

/** Returns the given overrides with an entry for every container of the task, in the definition's order. */
function overridesView({ overrides, containers }: Pick<PlacedTask, 'overrides' | 'containers'>): Ecs.TaskOverride {
  const sent = overrides.containerOverrides ?? [];
  return {
    ...overrides,
    containerOverrides: containers.map(({ name }) => ({ name, ...sent.find((override) => override.name === name) })),
    inferenceAcceleratorOverrides: overrides.inferenceAcceleratorOverrides ?? [],
  };
}
