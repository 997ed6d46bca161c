import type * as Ecs from '../ecs/shapes';
import { clientError } from '../refusal';
import { unsupportedRequirement } from './resource-requirements';

type Input = Ecs.RegisterTaskDefinitionRequest;

/**
 * Settings that Stowage's instances cannot honour, with the reason. They are rejected with an error that names them, so
 * that an accepted definition runs exactly as written (ecs-api 5.4.2).
 */
const OF_TASK: readonly (readonly [keyof Input, string])[] = [
  ['taskRoleArn', 'tasks cannot receive the credentials of an IAM role'],
  ['proxyConfiguration', 'App Mesh is not available'],
  ['inferenceAccelerators', 'Elastic Inference accelerators are not available'],
  ['ephemeralStorage', 'it applies only to Fargate'],
];

const OF_CONTAINER: readonly (readonly [keyof Ecs.ContainerDefinition, string])[] = [
  ['secrets', 'Secrets Manager and Parameter Store are not available yet'],
  [
    'repositoryCredentials',
    'Secrets Manager is not available; configure registry credentials on the container instance',
  ],
  ['environmentFiles', 'S3 is not available'],
  ['firelensConfiguration', 'FireLens routers are not supported'],
  ['credentialSpecs', 'gMSA credential specs are not supported'],
];

const OF_VOLUME: readonly (readonly [keyof Ecs.Volume, string])[] = [
  ['efsVolumeConfiguration', 'EFS is not available'],
  ['fsxWindowsFileServerVolumeConfiguration', 'FSx is not available'],
  ['s3filesVolumeConfiguration', 'S3 is not available'],
  ['configuredAtLaunch', 'EBS volumes are not available'],
];

/** @throws Refusal that names the first setting that cannot be honoured. */
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
  if (log?.secretOptions?.length) throw unsupported('secretOptions', 'Secrets Manager is not available yet', where);
}

/** An empty list and `false` request nothing. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0);
}

const unsupported = (name: string, why: string, where = ''): Error =>
  clientError(`The setting '${name}'${where} is not supported: ${why}.`);

/**
 * Checks launch types and the network mode that are not supported yet. It runs last, so that mistakes inside such a
 * definition are reported first, in ECS's words.
 */
export function checkSupportedLaunch({ networkMode, requiresCompatibilities }: Input): void {
  if (requiresCompatibilities?.includes('FARGATE')) {
    throw unsupported(
      'requiresCompatibilities FARGATE',
      "Fargate tasks need networkMode 'awsvpc', which container instances do not support yet",
    );
  }
  if (requiresCompatibilities?.includes('MANAGED_INSTANCES')) {
    throw unsupported('requiresCompatibilities MANAGED_INSTANCES', 'managed instances are not available');
  }
  if (networkMode === 'awsvpc') {
    throw unsupported('networkMode awsvpc', 'container instances have no elastic network interfaces yet');
  }
}
