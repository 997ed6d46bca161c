import type { Ecs } from '@stowage/domain';
import type { ContainerCreateBody, HealthcheckConfig } from './docker-json';
import { hostConfig } from './host-config';
import type { HostFacts } from './host-facts';
import { containerLabels } from './labels';
import { exposedPorts } from '../networks/port-bindings';
import type { ContainerPlan, TaskPlan } from '../tasks/task-plan';

const SECOND_NS = 1_000_000_000;
const HEALTH_CHECK_S = { interval: 30, timeout: 5, startPeriod: 0 };
const HEALTH_CHECK_RETRIES = 3;

/**
 * Converts a task definition to the body of Docker's create request, with every parameter that Docker on Linux
 * supports.
 */
export function containerOptions(plan: TaskPlan, container: ContainerPlan, host: HostFacts): ContainerCreateBody {
  const { definition } = container;
  const exposed = exposedPorts(plan, container);
  return {
    Image: container.image,
    ...(definition.command && definition.command.length > 0 && { Cmd: definition.command }),
    ...(definition.entryPoint && definition.entryPoint.length > 0 && { Entrypoint: definition.entryPoint }),
    Env: environment(plan, definition, host),
    ...(exposed && { ExposedPorts: exposed }),
    Healthcheck: healthCheck(definition.healthCheck),
    ...(definition.hostname && { Hostname: definition.hostname }),
    Labels: containerLabels(host.instance, plan, container),
    ...(definition.disableNetworking && { NetworkDisabled: true }),
    ...(definition.interactive && { OpenStdin: true }),
    ...(definition.pseudoTerminal && { Tty: true }),
    ...(definition.user && { User: definition.user }),
    ...(definition.workingDirectory && { WorkingDir: definition.workingDirectory }),
    HostConfig: hostConfig(plan, container, host),
  };
}

const REGION_VARIABLES = ['AWS_REGION', 'AWS_DEFAULT_REGION'];

/**
 * Returns the variables of the definition and those that ECS adds. The region is added only if the definition sets
 * neither of its variables: SDKs differ in the variable that they read first, so an added variable could override the
 * given one. The other variables of ECS replace those of the definition, as on ECS.
 */
function environment(
  { item }: TaskPlan,
  { environment: given = [] }: Ecs.ContainerDefinition,
  { metadata }: HostFacts,
): readonly string[] {
  const variables = new Map(given.map(({ name, value }) => [name ?? '', value ?? '']));
  if (!REGION_VARIABLES.some((name) => variables.has(name))) {
    for (const name of REGION_VARIABLES) variables.set(name, regionOf(item.taskArn));
  }
  variables.set('AWS_EXECUTION_ENV', 'AWS_ECS_EC2');
  if (metadata) {
    variables.set('ECS_CONTAINER_METADATA_URI', `${metadata.url}/v3/${metadata.token}`);
    variables.set('ECS_CONTAINER_METADATA_URI_V4', `${metadata.url}/v4/${metadata.token}`);
    variables.set('ECS_AGENT_URI', `${metadata.url}/api/${metadata.token}`);
  }
  return [...variables].map(([name, value]) => `${name}=${value}`);
}

/** `arn:aws:ecs:REGION:...` */
function regionOf(arn: string): string {
  return arn.split(':')[3] ?? '';
}

/**
 * ECS does not use the HEALTHCHECK of an image (ecs-api 5.17), so a container without a health check in its definition
 * has none.
 */
function healthCheck(check: Ecs.HealthCheck | undefined): HealthcheckConfig {
  if (!check) return { Test: ['NONE'] };
  return {
    Test: check.command,
    Interval: (check.interval ?? HEALTH_CHECK_S.interval) * SECOND_NS,
    Timeout: (check.timeout ?? HEALTH_CHECK_S.timeout) * SECOND_NS,
    StartPeriod: (check.startPeriod ?? HEALTH_CHECK_S.startPeriod) * SECOND_NS,
    Retries: check.retries ?? HEALTH_CHECK_RETRIES,
  };
}
