import type { Ecs } from '@stowage/domain';

/** Returns one entry of `failures`: the requested resource and the reason (ecs-api 8.3). */
export function failureView(arn: string, reason: string, detail?: string): Ecs.Failure {
  return { arn, reason, ...(detail !== undefined && { detail }) };
}

/** The reason of all Describe operations for resources that do not exist. */
export function missing(arn: string): Ecs.Failure {
  return failureView(arn, 'MISSING');
}
