import type { Ecs } from '@stowage/domain';

/** One entry of `failures`: what was asked for and why it was not done (ecs-api 8.3). */
export function failureView(arn: string, reason: string, detail?: string): Ecs.Failure {
  return { arn, reason, ...(detail !== undefined && { detail }) };
}

/** The reason of all Describe operations for names that nothing has. */
export function missing(arn: string): Ecs.Failure {
  return failureView(arn, 'MISSING');
}
