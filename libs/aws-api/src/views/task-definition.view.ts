import { type Ecs, type Scope, type TaskDefinition, taskDefinitionArn } from '@stowage/domain';
import { seconds, secondsMember } from './seconds';

/** `TaskDefinition` of the API. Tags are a member beside it, see {@link describedTaskDefinition}. */
export function taskDefinitionView(revision: TaskDefinition, scope: Scope): Ecs.TaskDefinition {
  return {
    taskDefinitionArn: taskDefinitionArn(scope, revision.family, revision.revision),
    ...revision.definition,
    revision: revision.revision,
    status: revision.status,
    registeredAt: seconds(revision.registeredAt),
    ...secondsMember('deregisteredAt', revision.deregisteredAt),
    ...secondsMember('deleteRequestedAt', revision.deleteRequestedAt),
    registeredBy: revision.registeredBy,
  };
}

/** What RegisterTaskDefinition and DescribeTaskDefinition answer; tags of the latter only with include TAGS. */
export function describedTaskDefinition(
  revision: TaskDefinition,
  scope: Scope,
  withTags: boolean,
): { readonly taskDefinition: Ecs.TaskDefinition; readonly tags?: readonly Ecs.Tag[] } {
  return { taskDefinition: taskDefinitionView(revision, scope), ...(withTags && { tags: revision.tags }) };
}
