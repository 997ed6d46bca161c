import { type ClusterName, clusterName, invalidParameter, NAME_PATTERN, type Scope } from '@stowage/domain';
import { parseCluster } from './identifiers';
import { type EcsResourceType, isArnLike, parseEcsArn, UNEXPECTED_SEPARATORS } from './ecs-arn';

/**
 * Parses a service's name or ARN in the cluster of the request. The short ARN from before 2018 contains no cluster.
 * @throws Refusal if it is malformed (ecs-api 4.2).
 */
export function parseService(scope: Scope, cluster: ClusterName, identifier: string): string {
  if (!isArnLike(identifier)) return checkedName(identifier);
  const { parts } = parseEcsArn(scope, identifier, 'service');
  const [itsCluster, name, ...rest] = parts.length === 1 ? [cluster, ...parts] : parts;
  if (itsCluster === undefined || name === undefined || rest.length > 0) throw invalidParameter(UNEXPECTED_SEPARATORS);
  if (itsCluster !== cluster) {
    throw invalidParameter(`Invalid identifier: Identifier is for ${itsCluster}. Your cluster is ${cluster}`);
  }
  return checkedName(name);
}

/** Parses a service whose ARN may also name the cluster, unless the request itself names one. @throws Refusal */
export function serviceWithCluster(
  scope: Scope,
  { cluster: given, service }: { readonly cluster?: string; readonly service: string },
): { readonly cluster: ClusterName; readonly service: string } {
  const [itsCluster, name] = isArnLike(service) ? parseEcsArn(scope, service, 'service').parts : [];
  const cluster = parseCluster(scope, given ?? (name === undefined ? undefined : itsCluster));
  return { cluster, service: parseService(scope, cluster, service) };
}

/** A resource of a service: the service and the resource's id. */
export interface OfService {
  readonly cluster: ClusterName;
  readonly service: string;
  readonly id: string;
}

/** Parses a service deployment's ARN. @throws Refusal if it is malformed. */
export const parseServiceDeployment = (scope: Scope, arn: string): OfService =>
  ofService(scope, arn, 'service-deployment');

/** Parses a service revision's ARN. @throws Refusal if it is malformed. */
export const parseServiceRevision = (scope: Scope, arn: string): OfService => ofService(scope, arn, 'service-revision');

function ofService(scope: Scope, arn: string, type: EcsResourceType): OfService {
  const [cluster, service, id, ...rest] = parseEcsArn(scope, arn, type).parts;
  if (cluster === undefined || service === undefined || id === undefined || rest.length > 0) {
    throw invalidParameter(UNEXPECTED_SEPARATORS);
  }
  return { cluster: clusterName(checkedName(cluster)), service: checkedName(service), id };
}

function checkedName(name: string): string {
  if (NAME_PATTERN.test(name)) return name;
  throw invalidParameter(
    'Invalid identifier: A service name is 1 to 255 letters (a-z, A-Z), digits, underscores and hyphens.',
  );
}
