import { type InstanceId, logLocation, logStreamName, taskId, type TaskId } from '@stowage/domain';
import type { ContainerPlan, TaskPlan } from '../tasks/task-plan';

/**
 * The agent's own labels. Several agents may share one Docker: every object that an agent creates has the label of its
 * instance, and the agent does not touch objects of other instances.
 */
export const INSTANCE_LABEL = 'stowage.instance';
export const TASK_LABEL = 'stowage.task';
export const CONTAINER_LABEL = 'stowage.container';
/** `container`: a container of the task definition. `pause`: the container that holds shared namespaces. */
export const ROLE_LABEL = 'stowage.role';

/**
 * The log group of a container with the log driver `awslogs`. Without a stream prefix the stream is the container's
 * Docker id.
 */
const LOG_GROUP_LABEL = 'stowage.log-group';
const LOG_STREAM_LABEL = 'stowage.log-stream';

/** The identity of a container, as its labels define it. */
export interface Labelled {
  readonly task: TaskId;
  readonly container: string;
  readonly role: 'container' | 'pause';
}

/** Returns the labels of every object that belongs to a task and is deleted with it. */
export function taskLabels(instance: InstanceId, plan: TaskPlan): Readonly<Record<string, string>> {
  return { [INSTANCE_LABEL]: instance, [TASK_LABEL]: plan.item.task };
}

/** Returns the labels of the definition, of ECS and of the agent. Those of ECS override those of the definition. */
export function containerLabels(
  instance: InstanceId,
  plan: TaskPlan,
  container: ContainerPlan,
): Readonly<Record<string, string>> {
  const { item } = plan;
  return {
    ...container.definition.dockerLabels,
    'com.amazonaws.ecs.cluster': item.cluster,
    'com.amazonaws.ecs.container-name': container.name,
    'com.amazonaws.ecs.task-arn': item.taskArn,
    'com.amazonaws.ecs.task-definition-family': item.taskDefinition.family,
    'com.amazonaws.ecs.task-definition-version': String(item.taskDefinition.revision),
    ...taskLabels(instance, plan),
    ...logLabels(plan, container),
    [CONTAINER_LABEL]: container.name,
    [ROLE_LABEL]: 'container',
  };
}

function logLabels({ item }: TaskPlan, { name, definition }: ContainerPlan): Readonly<Record<string, string>> {
  const log = logLocation(definition);
  const stream = log && logStreamName(log, { container: name, task: item.task });
  return { ...(log && { [LOG_GROUP_LABEL]: log.group }), ...(stream && { [LOG_STREAM_LABEL]: stream }) };
}

export function pauseLabels(instance: InstanceId, plan: TaskPlan): Readonly<Record<string, string>> {
  return { ...taskLabels(instance, plan), [CONTAINER_LABEL]: plan.pauseName ?? '', [ROLE_LABEL]: 'pause' };
}

/** Reads the agent's labels. Returns undefined for an object that the agent did not create. */
export function readLabels(labels: Readonly<Record<string, string>>): Labelled | undefined {
  const task = labels[TASK_LABEL];
  const container = labels[CONTAINER_LABEL];
  if (!task || container === undefined) return undefined;
  return { task: taskId(task), container, role: labels[ROLE_LABEL] === 'pause' ? 'pause' : 'container' };
}
