import { type Ecs, type Scope, type TaskDefinition, taskDefinitionArn } from '@stowage/domain';
import { seconds, secondsMember } from './seconds';

/** Returns the API's `TaskDefinition`. Tags are a separate member, see {@link describedTaskDefinition}. */
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

/**
 * Returns the response of RegisterTaskDefinition and DescribeTaskDefinition. The latter has tags only with include
 * TAGS.
 */
export function describedTaskDefinition(
  revision: TaskDefinition,
  scope: Scope,
  withTags: boolean,
): { readonly taskDefinition: Ecs.TaskDefinition; readonly tags?: readonly Ecs.Tag[] } {
  return { taskDefinition: taskDefinitionView(revision, scope), ...(withTags && { tags: revision.tags }) };
}
