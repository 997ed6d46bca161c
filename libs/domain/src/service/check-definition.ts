import type { Cluster } from '../cluster/records/cluster';
import type * as Ecs from '../ecs/shapes';
import { clientError, invalidParameter, notYetSupported } from '../refusal';
import type { TaskDefinition } from '../task-definition/records/task-definition';
import type { ServiceRevision } from './records/service';

/**
 * Returns the launch type of a service's tasks. @throws Refusal if the request contradicts itself or the cluster, or
 * names capacity providers or an unavailable launch type.
 */
export function chosenLaunchType(input: Ecs.CreateServiceRequest, cluster: Cluster): ServiceRevision['launchType'] {
  const { launchType, capacityProviderStrategy = [], platformVersion, schedulingStrategy } = input;
  if (launchType !== undefined && capacityProviderStrategy.length > 0) {
    throw invalidParameter(
      'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    );
  }
  if (launchType === undefined && cluster.defaultCapacityProviderStrategy.length > 0) {
    throw notYetSupported('defaultCapacityProviderStrategy', 'there are no capacity providers');
  }
  const chosen = launchType ?? 'EC2';
  if (!['EC2', 'FARGATE', 'EXTERNAL', 'MANAGED_INSTANCES'].includes(chosen)) {
    throw clientError('launch type should be one of [EC2,FARGATE,EXTERNAL]');
  }
  if (chosen === 'FARGATE' && schedulingStrategy === 'DAEMON') {
    throw invalidParameter('The daemon scheduling strategy is not supported for the FARGATE launch type.');
  }
  if (chosen !== 'EC2' && chosen !== 'EXTERNAL')
    throw notYetSupported('launchType', `there are no ${chosen} instances`);
  if (platformVersion !== undefined) {
    throw invalidParameter('The platform version must be null when specifying an EC2 launch type');
  }
  return chosen;
}

/** @throws Refusal if a service cannot run tasks of the definition. */
export function checkServiceDefinition(
  { definition }: TaskDefinition,
  launchType: ServiceRevision['launchType'],
  { networkConfiguration }: Ecs.CreateServiceRequest | Ecs.UpdateServiceRequest,
): void {
  if (definition.compatibilities?.includes(launchType) === false) {
    throw invalidParameter(`Task definition does not support launch_type ${launchType}.`);
  }
  const network = networkConfiguration?.awsvpcConfiguration;
  if (definition.networkMode !== 'awsvpc') {
    if (network === undefined) return;
    throw invalidParameter('Network Configuration is not valid for the given networkMode of this task definition.');
  }
  if (network === undefined) {
    throw invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  if (network.subnets.length === 0) throw invalidParameter('subnets can not be empty.');
  throw notYetSupported('networkMode', 'container instances have no elastic network interfaces');
}
