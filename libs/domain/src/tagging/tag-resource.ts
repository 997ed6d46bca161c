import type { ReadonlyClusterState } from '../state/cluster-state';
import { activeCluster } from '../cluster/find-cluster';
import { registeredInstance } from '../container-instance/find-instance';
import type * as Ecs from '../ecs/shapes';
import type { DomainEvent } from '../state/events';
import type { ClusterName, InstanceId, TaskId } from '../ids';
import { clientError, invalidParameter, Refusal } from '../refusal';
import { activeService } from '../service/find-service';
import { checkTags, mergeTags, sameTags, withoutTags } from '../tags';

/** A resource with tags. `other` is a kind of resource that Stowage does not have yet. */
export type TaggableResource =
  | { readonly kind: 'cluster'; readonly cluster: ClusterName }
  | { readonly kind: 'container-instance'; readonly cluster: ClusterName; readonly instance: InstanceId }
  | { readonly kind: 'task'; readonly cluster: ClusterName; readonly task: TaskId }
  | { readonly kind: 'service'; readonly cluster: ClusterName; readonly service: string }
  | { readonly kind: 'task-definition'; readonly family: string; readonly revision: number }
  | { readonly kind: 'other'; readonly type: string };

/** Decides TagResource: adds tags, or replaces the values of existing ones. */
export function decideTagResource(
  state: ReadonlyClusterState,
  resource: TaggableResource,
  tags: readonly Ecs.Tag[],
): readonly DomainEvent[] {
  if (tags.length === 0) throw invalidParameter('Tags can not be empty.');
  checkTags(tags);
  return changeTags(state, resource, (current) => mergeTags(current, tags));
}

/** Decides UntagResource: removes tags. Absent keys are ignored. */
export function decideUntagResource(
  state: ReadonlyClusterState,
  resource: TaggableResource,
  keys: readonly string[],
): readonly DomainEvent[] {
  if (keys.length === 0) throw invalidParameter('Tag keys can not be empty.');
  return changeTags(state, resource, (current) => withoutTags(current, keys));
}

interface Tagged {
  readonly tags: readonly Ecs.Tag[];
  readonly event: (tags: readonly Ecs.Tag[]) => DomainEvent;
}

function changeTags(
  state: ReadonlyClusterState,
  resource: TaggableResource,
  change: (current: readonly Ecs.Tag[]) => readonly Ecs.Tag[],
): readonly DomainEvent[] {
  const { tags, event } = find(state, resource);
  const next = change(tags);
  return sameTags(tags, next) ? [] : [event(next)];
}

function find(state: ReadonlyClusterState, resource: TaggableResource): Tagged {
  switch (resource.kind) {
    case 'cluster': {
      const { name: cluster, tags } = activeCluster(state, resource.cluster);
      return { tags, event: (next) => ({ type: 'ClusterTagsSet', version: 1, cluster, tags: next }) };
    }
    case 'container-instance': {
      const { cluster, instance: id } = resource;
      activeCluster(state, cluster);
      const instance = registeredInstance(state, cluster, id);
      if (!instance) throw notFound('container instance');
      return {
        tags: instance.tags,
        event: (tags) => ({ type: 'InstanceTagsSet', version: 1, cluster, instance: id, tags }),
      };
    }
    case 'task':
      return findTask(state, resource);
    case 'service': {
      const { cluster, service } = resource;
      const { tags } = activeService(state, { cluster, service, existed: false });
      return { tags, event: (next) => ({ type: 'ServiceTagsSet', version: 1, cluster, service, tags: next }) };
    }
    case 'task-definition':
      return findTaskDefinition(state, resource);
    case 'other':
      throw new Refusal('ResourceNotFoundException', `The specified ${resource.type} is not found.`);
  }
}

function findTask(state: ReadonlyClusterState, resource: Extract<TaggableResource, { kind: 'task' }>): Tagged {
  const { cluster, task: id } = resource;
  activeCluster(state, cluster);
  const task = state.tasks.get(id);
  if (task?.cluster !== cluster) throw notFound('task');
  const { instance } = task;
  return {
    tags: task.tags,
    event: (tags) => ({ type: 'TaskTagsSet', version: 1, cluster, instance, task: id, tags }),
  };
}

function findTaskDefinition(
  state: ReadonlyClusterState,
  { family, revision }: Extract<TaggableResource, { kind: 'task-definition' }>,
): Tagged {
  const definition = state.taskDefinition({ family, revision });
  if (!definition) throw notFound('task definition');
  if (definition.status !== 'ACTIVE') throw clientError('The specified task definition is inactive.');
  return {
    tags: definition.tags,
    event: (tags) => ({ type: 'TaskDefinitionTagsSet', version: 1, family, revision, tags }),
  };
}

function notFound(kind: string): Refusal {
  return invalidParameter(`The specified ${kind} is not found. Specify a valid ARN and try again.`);
}
