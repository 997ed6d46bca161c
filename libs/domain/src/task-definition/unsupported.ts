import type * as Ecs from '../ecs/shapes';
import { clientError } from '../refusal';
import { unsupportedRequirement } from './resource-requirements';

type Input = Ecs.RegisterTaskDefinitionRequest;

/**
 * What needs something that Stowage's instances do not have, and why. It is refused by name: a definition that was
 * accepted runs as it says (ecs-api 5.4.2).
 */
const OF_TASK: readonly (readonly [keyof Input, string])[] = [
  ['taskRoleArn', 'there is no service here that gives tasks credentials of a role'],
  ['proxyConfiguration', 'there is no App Mesh here'],
  ['inferenceAccelerators', 'there are no Elastic Inference accelerators here'],
  ['ephemeralStorage', 'it is a setting of Fargate'],
];

const OF_CONTAINER: readonly (readonly [keyof Ecs.ContainerDefinition, string])[] = [
  ['secrets', 'there is no Secrets Manager or Parameter Store here yet'],
  [
    'repositoryCredentials',
    'there is no Secrets Manager here; credentials of registries are set on the container instance',
  ],
  ['environmentFiles', 'there is no S3 here'],
  ['firelensConfiguration', 'FireLens routers are not supported'],
  ['credentialSpecs', 'gMSA credential specs are not supported'],
];

const OF_VOLUME: readonly (readonly [keyof Ecs.Volume, string])[] = [
  ['efsVolumeConfiguration', 'there is no EFS here'],
  ['fsxWindowsFileServerVolumeConfiguration', 'there is no FSx here'],
  ['s3filesVolumeConfiguration', 'there is no S3 here'],
  ['configuredAtLaunch', 'there are no EBS volumes here'],
];

/** Throws a refusal that names the first setting that cannot be honoured. */
export function checkSupported(input: Input): void {
  for (const [name, why] of OF_TASK) if (isSet(input[name])) throw unsupported(name, why);
  if (input.enableFaultInjection) throw unsupported('enableFaultInjection', 'faults cannot be injected');
  const family = input.runtimePlatform?.operatingSystemFamily;
  if (family !== undefined && family !== 'LINUX') {
    throw unsupported('runtimePlatform.operatingSystemFamily', `container instances run LINUX, not ${family}`);
  }
  for (const container of input.containerDefinitions) checkContainer(container);
  for (const volume of input.volumes ?? []) {
    for (const [name, why] of OF_VOLUME) {
      if (isSet(volume[name])) throw unsupported(name, why, ` on volume '${volume.name ?? ''}'`);
    }
  }
}

function checkContainer(container: Ecs.ContainerDefinition): void {
  const where = ` on container '${container.name ?? ''}'`;
  for (const [name, why] of OF_CONTAINER) if (isSet(container[name])) throw unsupported(name, why, where);
  const requirement = unsupportedRequirement(container.resourceRequirements ?? []);
  if (requirement) throw unsupported(requirement.setting, requirement.why, where);
  const log = container.logConfiguration;
  if (log?.logDriver === 'awsfirelens')
    throw unsupported('logDriver awsfirelens', 'FireLens routers are not supported', where);
  if (log?.secretOptions?.length) throw unsupported('secretOptions', 'there is no Secrets Manager here yet', where);
}

/** Whoever sends an empty list or `false` asks for nothing. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
}

const unsupported = (name: string, why: string, where = ''): Error =>
  clientError(`The setting '${name}'${where} is not supported: ${why}.`);

/**
 * The launch types and the network mode that are still to come. Asked last, so that a mistake inside such a definition
 * is told first, in ECS's words.
 */
export function checkSupportedLaunch({ networkMode, requiresCompatibilities }: Input): void {
  if (requiresCompatibilities?.includes('FARGATE')) {
    throw unsupported(
      'requiresCompatibilities FARGATE',
      "Fargate tasks need networkMode 'awsvpc', which container instances here do not have yet",
    );
  }
  if (requiresCompatibilities?.includes('MANAGED_INSTANCES')) {
    throw unsupported('requiresCompatibilities MANAGED_INSTANCES', 'there are no managed instances here');
  }
  if (networkMode === 'awsvpc') {
    throw unsupported('networkMode awsvpc', 'container instances here have no elastic network interfaces yet');
  }
}
