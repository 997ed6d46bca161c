import { EcsInputs, parseTaggedResource, type TaggedResource } from '@stowage/aws-api';
import { type Ecs, invalidParameter, Refusal, type Scope } from '@stowage/domain';
import type { OwnOperation } from './own-operation';
import type { Reads } from './reads';

/** ListTagsForResource (ecs-api 5.14). */
export function tagReads(reads: Reads, scope: Scope): Readonly<Record<string, OwnOperation>> {
  return {
    ListTagsForResource: reads.operation(
      EcsInputs.ListTagsForResourceRequest,
      async ({ resourceArn }): Promise<Ecs.ListTagsForResourceResponse> => ({
        tags: await tagsOf(reads, parseTaggedResource(scope, resourceArn)),
      }),
    ),
  };
}

async function tagsOf(reads: Reads, resource: TaggedResource): Promise<readonly Ecs.Tag[]> {
  const { model } = reads;
  switch (resource.kind) {
    case 'cluster':
      return (await reads.activeCluster(resource.cluster)).tags;
    case 'container-instance': {
      const { cluster, instance } = resource;
      await reads.activeCluster(cluster);
      const found = (await model.containerInstances.byIds(cluster, [instance])).get(instance);
      if (!found) throw notFound('container instance');
      return found.tags;
    }
    case 'task': {
      const { cluster, task } = resource;
      await reads.activeCluster(cluster);
      const found = (await model.tasks.byIds(cluster, [task])).get(task);
      if (!found) throw notFound('task');
      return found.tags;
    }
    case 'service': {
      await reads.activeCluster(resource.cluster);
      const service = await reads.knownService(resource.cluster, resource.service);
      if (service.status === 'INACTIVE') throw new Refusal('ServiceNotFoundException', 'Service not found.');
      return service.tags;
    }
    case 'task-definition': {
      const found = await model.taskDefinitions.byRef(resource);
      if (!found) throw notFound('task definition');
      return found.tags;
    }
    case 'other':
      throw new Refusal('ResourceNotFoundException', `The specified ${resource.type} is not found.`);
  }
}

function notFound(kind: string): Refusal {
  return invalidParameter(`The specified ${kind} is not found. Specify a valid ARN and try again.`);
}
