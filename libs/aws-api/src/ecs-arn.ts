import { invalidParameter, type Scope } from '@stowage/domain';

/** Kinds of resources in ECS's ARNs (ecs-api 4.1). */
export const ECS_RESOURCE_TYPES = [
  'cluster',
  'container-instance',
  'container',
  'task',
  'task-definition',
  'service',
  'task-set',
  'capacity-provider',
  'service-deployment',
  'service-revision',
  'daemon',
  'attachment',
] as const;
export type EcsResourceType = (typeof ECS_RESOURCE_TYPES)[number];

/** The parts of an ARN of this deployment. */
export interface EcsArn {
  readonly type: EcsResourceType;
  /** The text after the type, split at each `/`. */
  readonly parts: readonly string[];
}

/** ECS's message for an ARN with too many or too few `/`. */
export const UNEXPECTED_SEPARATORS = 'Invalid identifier: Unexpected number of separators';

/** Returns true if an identifier is an ARN. Names and ids contain neither of its separators. */
export function isArnLike(identifier: string): boolean {
  return identifier.includes(':') || identifier.includes('/');
}

/**
 * Parses an ARN of any kind of resource. @throws Refusal if it is malformed or belongs to another region or account.
 */
export function parseAnyEcsArn(scope: Scope, identifier: string): EcsArn {
  const [prefix, partition, service, region, account, ...rest] = identifier.split(':');
  // A task definition's ARN has one more colon, before the revision.
  const [type, ...parts] = rest.join(':').split('/');
  if (prefix !== 'arn' || partition === undefined || region === undefined || account === undefined || !type) {
    throw invalidParameter(UNEXPECTED_SEPARATORS);
  }
  if (parts.length === 0 || parts.includes('')) throw invalidParameter(UNEXPECTED_SEPARATORS);
  if (service !== 'ecs')
    throw invalidParameter(`Invalid identifier: Identifier is for ${service ?? ''}. Your service is ecs`);
  if (region !== scope.region) {
    throw invalidParameter(`Invalid identifier: Identifier is for ${region}. Your region is ${scope.region}`);
  }
  if (account !== scope.account) {
    throw invalidParameter(`Invalid identifier: Identifier is for ${account}. Your accountId is ${scope.account}`);
  }
  const known = ECS_RESOURCE_TYPES.find((candidate) => candidate === type);
  if (!known) throw invalidParameter('Invalid identifier: Unknown type of resource');
  return { type: known, parts };
}

/** Like {@link parseAnyEcsArn}, for one type. @throws Refusal also for another type */
export function parseEcsArn(scope: Scope, identifier: string, type: EcsResourceType): EcsArn {
  const arn = parseAnyEcsArn(scope, identifier);
  if (arn.type !== type) {
    throw invalidParameter(`Invalid identifier: Identifier is for a ${arn.type}. A ${type} is expected`);
  }
  return arn;
}
