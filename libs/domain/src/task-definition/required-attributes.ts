import type * as Ecs from '../ecs/shapes';
import { isEcrImage } from './ecr-image';
import { securityAttributes } from './security-options';

type Input = Ecs.RegisterTaskDefinitionRequest;

/** Attribute that a volume with this driver requires. Attribute names contain no colon. */
export function volumeDriverAttribute(driver: string): string {
  return `ecs.capability.docker-plugin.${driver.replaceAll(':', '.')}`;
}

/**
 * Attribute that the log driver `syslog` requires without an address, because it writes to the machine's own syslog
 * server.
 */
export const LOCAL_SYSLOG_ATTRIBUTE = 'stowage.capability.local-syslog';

const CAPABILITY = 'com.amazonaws.ecs.capability.';
/** Log drivers of the oldest Docker API version in ECS's attributes. The others require version 1.19. */
const OLDEST_LOG_DRIVERS: readonly string[] = ['json-file', 'syslog'];

/**
 * Returns the attributes that an instance needs to run the definition (ecs-api 5.4.1). Placement compares them with the
 * attributes that agents register. They are in the order of their first use, without duplicates.
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
    const { logDriver, options } = logConfiguration;
    names.push(`${CAPABILITY}logging-driver.${logDriver}`);
    if (logDriver === 'syslog' && !options?.['syslog-address']) names.push(LOCAL_SYSLOG_ATTRIBUTE);
    names.push(`${CAPABILITY}docker-remote-api.${OLDEST_LOG_DRIVERS.includes(logDriver) ? '1.18' : '1.19'}`);
    if (logDriver === 'awslogs' && executionRoleArn !== undefined) names.push('ecs.capability.execution-role-awslogs');
  }
  if (privileged) names.push(`${CAPABILITY}privileged-container`);
  if (isEcrImage(image ?? '')) {
    names.push(`${CAPABILITY}ecr-auth`);
    if (executionRoleArn !== undefined) names.push('ecs.capability.execution-role-ecr-pull');
  }
  names.push(...securityAttributes(container));
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
    if (driver) names.push(volumeDriverAttribute(driver));
  }
  return names;
}
