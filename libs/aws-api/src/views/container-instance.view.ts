import { type ContainerInstance, containerInstanceArn, type Ecs, type Scope } from '@stowage/domain';
import { registeredResourcesView, remainingResourcesView } from './resources.view';
import { seconds } from './seconds';

/** Parts of a container instance that are shown only when asked for. */
export type ContainerInstanceField = 'CONTAINER_INSTANCE_HEALTH' | 'TAGS';

/** What the operations that write container instances answer with. */
export const CONTAINER_INSTANCE_FIELDS_OF_WRITES: readonly ContainerInstanceField[] = ['TAGS'];

/** `ContainerInstance` of the API (ecs-api 5.2). */
export function containerInstanceView(
  instance: ContainerInstance,
  scope: Scope,
  fields: readonly ContainerInstanceField[],
): Ecs.ContainerInstance {
  return {
    containerInstanceArn: containerInstanceArn(scope, instance.cluster, instance.id),
    ec2InstanceId: instance.ec2InstanceId,
    version: instance.version,
    versionInfo: instance.versionInfo,
    remainingResources: remainingResourcesView(instance),
    registeredResources: registeredResourcesView(instance),
    status: instance.status,
    ...(instance.statusReason !== undefined && { statusReason: instance.statusReason }),
    agentConnected: instance.agentConnected,
    runningTasksCount: instance.runningTasksCount,
    pendingTasksCount: instance.pendingTasksCount,
    attributes: instance.attributes,
    registeredAt: seconds(instance.registeredAt),
    attachments: [],
    tags: fields.includes('TAGS') ? instance.tags : [],
    // Agents report no health of their container runtime yet; ECS has a word for exactly that.
    ...(fields.includes('CONTAINER_INSTANCE_HEALTH') && {
      healthStatus: { overallStatus: 'INSUFFICIENT_DATA' as const, details: [] },
    }),
  };
}
