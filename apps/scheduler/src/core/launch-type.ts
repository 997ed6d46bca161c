import {
  type Cluster,
  clientError,
  type Ecs,
  invalidParameter,
  notYetSupported,
  type TaskDefinition,
} from '@stowage/domain';
import type { InstanceLaunchType } from './placement-request';

type LaunchType = NonNullable<Ecs.RunTaskRequest['launchType']>;

const LAUNCH_TYPES: readonly LaunchType[] = ['EC2', 'FARGATE', 'EXTERNAL'];

/** Where a request wants its tasks to run, checked as far as that needs no state. */
export interface LaunchChoice {
  /** Absent if the cluster decides. */
  readonly launchType?: LaunchType;
  readonly platformVersion?: string;
}

/** @throws Refusal if the request contradicts itself or has an unknown launch type */
export function parseLaunchChoice(input: Ecs.RunTaskRequest): LaunchChoice {
  const { launchType, platformVersion, capacityProviderStrategy = [] } = input;
  if (launchType !== undefined && capacityProviderStrategy.length > 0) {
    throw invalidParameter(
      'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    );
  }
  if (capacityProviderStrategy.length > 0) {
    throw notYetSupported('capacityProviderStrategy', 'there are no capacity providers');
  }
  if (launchType !== undefined && !LAUNCH_TYPES.includes(launchType)) {
    throw clientError(`launch type should be one of [${LAUNCH_TYPES.join(',')}]`);
  }
  return { ...(launchType && { launchType }), ...(platformVersion !== undefined && { platformVersion }) };
}

/**
 * Returns the launch type of the tasks.
 * @throws Refusal if the definition or the cluster does not allow it, or if there is no such capacity
 */
export function chosenLaunchType(
  { launchType, platformVersion }: LaunchChoice,
  { definition }: TaskDefinition,
  cluster: Cluster,
): InstanceLaunchType {
  if (launchType === undefined && cluster.defaultCapacityProviderStrategy.length > 0) {
    throw notYetSupported('defaultCapacityProviderStrategy', 'there are no capacity providers');
  }
  const chosen = launchType ?? 'EC2';
  if (definition.compatibilities?.includes(chosen) === false) {
    throw invalidParameter(`Task definition does not support launch_type ${chosen}.`);
  }
  if (chosen !== 'EC2' && chosen !== 'EXTERNAL') {
    throw notYetSupported('launchType', `there are no ${chosen} instances`);
  }
  if (platformVersion !== undefined) {
    throw invalidParameter(`The platform version must be null when specifying an ${chosen} launch type.`);
  }
  return chosen;
}
