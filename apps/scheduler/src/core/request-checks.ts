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
/**
 * ECS's model allows letters, digits, hyphens, slashes and underscores in `startedBy`, but ECS checks no characters:
 * Step Functions sends "AWS Step Functions", and deploy scripts send file names. Neither label may contain a line
 * break.
 */
const CONTROL_CHARACTER = /\p{Cc}/u;
/** Prefixes of groups that only Stowage assigns. A service's tasks are recognised by them. */
const RESERVED_GROUP_PATTERN = /^(service|ecs):/;
const CLIENT_TOKEN_PATTERN = /^[\x21-\x7e]{1,64}$/;

/**
 * Returns the launch type of the tasks.
 * @throws Refusal if the request contradicts itself or the definition, or requests what is not available
 */
export function chosenLaunchType(
  input: Ecs.RunTaskRequest,
  definition: TaskDefinition,
  cluster: Cluster,
): InstanceLaunchType {
  const { launchType, capacityProviderStrategy = [] } = input;
  if (launchType !== undefined && capacityProviderStrategy.length > 0) {
    throw invalidParameter(
      'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    );
  }
  if (capacityProviderStrategy.length > 0) {
    throw notYetSupported('capacityProviderStrategy', 'there are no capacity providers');
  }
  if (launchType === undefined && cluster.defaultCapacityProviderStrategy.length > 0) {
    throw notYetSupported('defaultCapacityProviderStrategy', 'there are no capacity providers');
  }
  const chosen = launchType ?? 'EC2';
  if (!LAUNCH_TYPES.includes(chosen)) throw clientError(`launch type should be one of [${LAUNCH_TYPES.join(',')}]`);
  checkCompatibility(chosen, definition);
  if (chosen !== 'EC2' && chosen !== 'EXTERNAL')
    throw notYetSupported('launchType', `there are no ${chosen} instances`);
  if (input.platformVersion !== undefined) {
    throw invalidParameter(`The platform version must be null when specifying an ${chosen} launch type.`);
  }
  return chosen;
}

function checkCompatibility(launchType: LaunchType, { definition }: TaskDefinition): void {
  if (definition.compatibilities?.includes(launchType) === false) {
    throw invalidParameter(`Task definition does not support launch_type ${launchType}.`);
  }
}

/** The members that RunTask and StartTask share. */
type StartRequest = Ecs.RunTaskRequest | Ecs.StartTaskRequest;

/** @throws Refusal if the network configuration does not fit the definition */
export function checkNetwork({ networkConfiguration }: StartRequest, { definition }: TaskDefinition): void {
  if (definition.networkMode !== 'awsvpc') {
    if (networkConfiguration?.awsvpcConfiguration === undefined) return;
    throw invalidParameter('Network Configuration is not valid for the given networkMode of this task definition.');
  }
  if (networkConfiguration?.awsvpcConfiguration === undefined) {
    throw invalidParameter("Network Configuration must be provided when networkMode 'awsvpc' is specified.");
  }
  if (networkConfiguration.awsvpcConfiguration.subnets.length === 0) {
    throw invalidParameter('subnets can not be empty.');
  }
  throw notYetSupported('networkMode', 'container instances have no elastic network interfaces');
}

/** @throws Refusal for settings of tasks that are not supported yet */
export function checkSupported(input: StartRequest): void {
  if (input.enableExecuteCommand === true) throw notYetSupported('enableExecuteCommand', 'there is no ExecuteCommand');
  if ((input.volumeConfigurations ?? []).length > 0) {
    throw notYetSupported('volumeConfigurations', 'there are no EBS volumes');
  }
  if (input.referenceId !== undefined) throw notYetSupported('referenceId', 'it is reserved for ECS itself');
  if (input.propagateTags === 'SERVICE') {
    throw invalidParameter('propagateTags SERVICE is only valid for the tasks of a service.');
  }
}

/** @throws Refusal for a `startedBy` that is too long, a reserved `group`, or control characters in either */
export function checkLabels({ startedBy, group }: StartRequest, startedByLengthMax: number): void {
  if (startedBy !== undefined && startedBy.length > startedByLengthMax) {
    throw invalidParameter(`startedBy can have at most ${startedByLengthMax} characters.`);
  }
  for (const [name, label] of Object.entries({ startedBy, group })) {
    if (label !== undefined && CONTROL_CHARACTER.test(label)) {
      throw invalidParameter(`${name} must not have control characters.`);
    }
  }
  if (group !== undefined && RESERVED_GROUP_PATTERN.test(group)) throw invalidParameter('Invalid namespace for group.');
}

/** @throws Refusal for a token that is empty, too long or not printable ASCII */
export function checkClientToken(token: string | undefined): void {
  if (token !== undefined && !CLIENT_TOKEN_PATTERN.test(token)) {
    throw invalidParameter('clientToken must be 1 to 64 ASCII characters in the range of 33-126.');
  }
}
