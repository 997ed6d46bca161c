import type * as Ecs from '../ecs/shapes';

type Input = Ecs.RegisterTaskDefinitionRequest;

const CAPABILITY = 'com.amazonaws.ecs.capability.';
const ECR_IMAGE_PATTERN = /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\//;
/** Log drivers that the oldest API has which ECS asks for; the others came with 1.19. */
const OLDEST_LOG_DRIVERS: readonly string[] = ['json-file', 'syslog'];

/**
 * What an instance must have to run the definition (ecs-api 5.4.1): placement compares it with what the agents say of
 * themselves. In the order of first need, each once.
 */
export function requiredAttributes(input: Input): readonly Ecs.Attribute[] {
  const names = [...input.containerDefinitions.flatMap((container) => ofContainer(container, input)), ...ofTask(input)];
  const architecture = input.runtimePlatform?.cpuArchitecture;
  return [
    ...[...new Set(names)].map((name) => ({ name })),
    ...(architecture ? [{ name: 'ecs.cpu-architecture', value: architecture.toLowerCase() }] : []),
  ];
}

function ofContainer(container: Ecs.ContainerDefinition, { executionRoleArn }: Input): readonly string[] {
  const { logConfiguration, privileged, healthCheck, image, dependsOn, startTimeout, stopTimeout } = container;
  const names: string[] = [];
  if (logConfiguration) {
    const { logDriver } = logConfiguration;
    names.push(`${CAPABILITY}logging-driver.${logDriver}`);
    names.push(`${CAPABILITY}docker-remote-api.${OLDEST_LOG_DRIVERS.includes(logDriver) ? '1.18' : '1.19'}`);
    if (logDriver === 'awslogs' && executionRoleArn !== undefined) names.push('ecs.capability.execution-role-awslogs');
  }
  if (privileged) names.push(`${CAPABILITY}privileged-container`);
  if (ECR_IMAGE_PATTERN.test(image ?? '')) {
    names.push(`${CAPABILITY}ecr-auth`);
    if (executionRoleArn !== undefined) names.push('ecs.capability.execution-role-ecr-pull');
  }
  if (healthCheck) names.push('ecs.capability.container-health-check');
  if (dependsOn?.length || startTimeout !== undefined || stopTimeout !== undefined) {
    names.push('ecs.capability.container-ordering');
  }
  if (container.restartPolicy?.enabled) names.push('ecs.capability.container-restart-policy');
  if (container.portMappings?.some(({ containerPortRange }) => containerPortRange !== undefined)) {
    names.push('ecs.capability.network.container-port-range');
  }
  return names;
}

function ofTask({ pidMode, ipcMode, volumes }: Input): readonly string[] {
  const names: string[] = [];
  if (pidMode !== undefined || ipcMode !== undefined) names.push('ecs.capability.pid-ipc-namespace-sharing');
  for (const { dockerVolumeConfiguration } of volumes ?? []) {
    const driver = dockerVolumeConfiguration?.driver;
    if (driver) names.push(`ecs.capability.docker-plugin.${driver}`);
  }
  return names;
}
