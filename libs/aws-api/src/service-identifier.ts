import { type ClusterName, clusterName, invalidParameter, NAME_PATTERN, type Scope } from '@stowage/domain';
import { parseCluster } from './identifiers';
import { type EcsResourceType, isArnLike, parseEcsArn, UNEXPECTED_SEPARATORS } from './ecs-arn';

/**
 * A service by name or ARN, of the cluster that the request names; the short ARN of before 2018 names no cluster.
 * @throws Refusal of a malformed one (ecs-api 4.2).
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

/** The service of a request where its ARN says the cluster too, unless the request itself names one. @throws Refusal */
export function serviceWithCluster(
  scope: Scope,
  { cluster: given, service }: { readonly cluster?: string; readonly service: string },
): { readonly cluster: ClusterName; readonly service: string } {
  const [itsCluster, name] = isArnLike(service) ? parseEcsArn(scope, service, 'service').parts : [];
  const cluster = parseCluster(scope, given ?? (name === undefined ? undefined : itsCluster));
  return { cluster, service: parseService(scope, cluster, service) };
}

/** Something that belongs to a service: which, and its id. */
export interface OfService {
  readonly cluster: ClusterName;
  readonly service: string;
  readonly id: string;
}

/** A service deployment by its ARN. @throws Refusal of a malformed one. */
export const parseServiceDeployment = (scope: Scope, arn: string): OfService =>
  ofService(scope, arn, 'service-deployment');

/** A service revision by its ARN. @throws Refusal of a malformed one. */
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
