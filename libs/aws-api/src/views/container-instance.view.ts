import { type ContainerInstance, containerInstanceArn, type Ecs, type Scope } from '@stowage/domain';
import { registeredResourcesView, remainingResourcesView } from './resources.view';
import { seconds } from './seconds';

/** Parts of a container instance that are returned only on request. */
export type ContainerInstanceField = 'CONTAINER_INSTANCE_HEALTH' | 'TAGS';

/** Parts in the responses of operations that change container instances. */
export const CONTAINER_INSTANCE_FIELDS_OF_WRITES: readonly ContainerInstanceField[] = ['TAGS'];

/** Returns the API's `ContainerInstance` (ecs-api 5.2). */
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
    // Agents do not report the health of their container runtime yet, for which ECS has this status.
    ...(fields.includes('CONTAINER_INSTANCE_HEALTH') && {
      healthStatus: { overallStatus: 'INSUFFICIENT_DATA' as const, details: [] },
    }),
  };
}
