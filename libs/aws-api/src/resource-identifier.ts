import {
  type ClusterName,
  clusterName,
  type InstanceId,
  invalidParameter,
  NAME_PATTERN,
  type Scope,
  type TaskId,
} from '@stowage/domain';
import { type EcsArn, isArnLike, parseAnyEcsArn, UNEXPECTED_SEPARATORS } from './ecs-arn';
import { onlyPart, parseCluster, parseContainerInstance, parseTask } from './identifiers';
import { parseService } from './service-identifier';
import { parseTaskDefinitionRevision } from './task-definition-identifier';

/**
 * Resources that `resourceArn` of the tag operations can name. `other`: a kind of resource that Stowage does not have
 * yet.
 */
export type TaggedResource =
  | { readonly kind: 'cluster'; readonly cluster: ClusterName }
  | { readonly kind: 'container-instance'; readonly cluster: ClusterName; readonly instance: InstanceId }
  | { readonly kind: 'task'; readonly cluster: ClusterName; readonly task: TaskId }
  | { readonly kind: 'service'; readonly cluster: ClusterName; readonly service: string }
  | { readonly kind: 'task-definition'; readonly family: string; readonly revision: number }
  | { readonly kind: 'other'; readonly type: EcsArn['type'] };

/** Parses the ARN of a resource with tags. @throws Refusal if it is malformed or of a kind without tags. */
export function parseTaggedResource(scope: Scope, resourceArn: string): TaggedResource {
  if (!isArnLike(resourceArn)) throw invalidParameter('Invalid identifier: The resource must be named by its ARN.');
  const arn = parseAnyEcsArn(scope, resourceArn);
  switch (arn.type) {
    case 'cluster':
      return { kind: 'cluster', cluster: parseCluster(scope, resourceArn) };
    case 'container-instance': {
      const cluster = clusterOf(arn);
      return { kind: arn.type, cluster, instance: parseContainerInstance(scope, cluster, resourceArn) };
    }
    case 'task': {
      const cluster = clusterOf(arn);
      return { kind: arn.type, cluster, task: parseTask(scope, cluster, resourceArn) };
    }
    case 'service': {
      if (arn.parts.length === 1) throw invalidParameter('Long arn format must be used for tagging operations');
      const cluster = clusterOf(arn);
      return { kind: arn.type, cluster, service: parseService(scope, cluster, resourceArn) };
    }
    case 'task-definition':
      onlyPart(arn);
      return { kind: arn.type, ...parseTaskDefinitionRevision(scope, resourceArn) };
    case 'container':
    case 'attachment':
    case 'service-deployment':
    case 'service-revision':
      throw invalidParameter(`Invalid identifier: A ${arn.type} has no tags.`);
    case 'task-set':
    case 'capacity-provider':
    case 'daemon':
      return { kind: 'other', type: arn.type };
  }
}

function clusterOf({ parts }: EcsArn): ClusterName {
  const [cluster, , ...rest] = parts;
  if (cluster === undefined || parts.length < 2 || rest.length > 0) throw invalidParameter(UNEXPECTED_SEPARATORS);
  if (!NAME_PATTERN.test(cluster)) throw invalidParameter('Invalid identifier: No cluster has that name.');
  return clusterName(cluster);
}
