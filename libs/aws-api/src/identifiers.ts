import {
  type ClusterName,
  clusterName,
  type InstanceId,
  instanceId,
  invalidParameter,
  NAME_PATTERN,
  type Scope,
  type TaskId,
  taskId,
} from '@stowage/domain';
import { type EcsArn, isArnLike, parseEcsArn, UNEXPECTED_SEPARATORS } from './ecs-arn';

/** The cluster of operations without `cluster`. */
export const DEFAULT_CLUSTER = clusterName('default');

/** Valid lengths of an id: 32 hexadecimal digits, or a UUID with dashes (36) as before 2018. */
const ID_LENGTHS = [32, 36];
const ID_PATTERN = /^[0-9A-Za-z-]+$/;

/** Parses a cluster's name or ARN. Absent: `default`. @throws Refusal if it is malformed (ecs-api 4.2). */
export function parseCluster(scope: Scope, identifier: string | undefined): ClusterName {
  if (identifier === undefined) return DEFAULT_CLUSTER;
  if (identifier === '') throw invalidParameter('Cluster can not be blank.');
  const name = isArnLike(identifier) ? onlyPart(parseEcsArn(scope, identifier, 'cluster')) : identifier;
  if (!NAME_PATTERN.test(name)) {
    throw invalidParameter(
      'Invalid identifier: A cluster name is 1 to 255 letters (a-z, A-Z), digits, underscores and hyphens.',
    );
  }
  return clusterName(name);
}

/** Parses a capacity provider's name or ARN. @throws Refusal if it is malformed. */
export function parseCapacityProvider(scope: Scope, identifier: string): string {
  return isArnLike(identifier) ? onlyPart(parseEcsArn(scope, identifier, 'capacity-provider')) : identifier;
}

/** Parses a task's id or ARN in the cluster of the request. @throws Refusal if it is malformed (ecs-api 4.2). */
export function parseTask(scope: Scope, cluster: ClusterName, identifier: string): TaskId {
  return taskId(idInCluster(scope, cluster, identifier, { type: 'task', label: 'taskId' }));
}

/** Parses a container instance's id or ARN in the cluster of the request. @throws Refusal if it is malformed. */
export function parseContainerInstance(scope: Scope, cluster: ClusterName, identifier: string): InstanceId {
  const kind = { type: 'container-instance', label: 'containerInstanceId' } as const;
  return instanceId(idInCluster(scope, cluster, identifier, kind));
}

interface IdKind {
  readonly type: 'task' | 'container-instance';
  /** Name of the id in ECS's error messages. */
  readonly label: string;
}

function idInCluster(scope: Scope, cluster: ClusterName, identifier: string, kind: IdKind): string {
  if (!isArnLike(identifier)) return checkedId(identifier, kind);
  const [itsCluster, id, ...rest] = parseEcsArn(scope, identifier, kind.type).parts;
  if (itsCluster === undefined || id === undefined || rest.length > 0) throw invalidParameter(UNEXPECTED_SEPARATORS);
  if (itsCluster !== cluster) {
    throw invalidParameter(`Invalid identifier: Identifier is for ${itsCluster}. Your cluster is ${cluster}`);
  }
  return checkedId(id, kind);
}

function checkedId(id: string, { label }: IdKind): string {
  if (!ID_LENGTHS.includes(id.length)) {
    throw invalidParameter(`${label} length should be one of [${ID_LENGTHS.join(',')}]`);
  }
  if (!ID_PATTERN.test(id)) throw invalidParameter(`Invalid identifier: ${label} has a character that no id has.`);
  return id;
}

/** Returns the rest of an ARN that must not contain another `/`. */
export function onlyPart({ parts }: EcsArn): string {
  const [part, ...rest] = parts;
  if (part === undefined || rest.length > 0) throw invalidParameter(UNEXPECTED_SEPARATORS);
  return part;
}
