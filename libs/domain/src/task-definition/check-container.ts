import type * as Ecs from '../ecs/shapes';
import { clientError } from '../refusal';
import { CONTAINER_MEMORY_MIN_MIB } from './container-limits';
import { checkHealthCheck, checkLinuxParameters, checkRestartPolicy, checkTimeouts } from './check-container-parts';
import { checkLogConfiguration } from './log-options';
import { checkPortMappings } from './check-ports';
import { checkMountPoints } from './check-volumes';
import { invalidRequirement } from './resource-requirements';

type Input = Ecs.RegisterTaskDefinitionRequest;

const IMAGE_PATTERN = /^[A-Za-z0-9\-_:/.#@]{1,255}$/;

/** Throws ECS's refusal of the first mistake in one container, but for what it says of other containers. */
export function checkContainer(container: Ecs.ContainerDefinition, task: Input): void {
  const { image, environment, extraHosts, dockerLabels } = container;
  if (!image) throw clientError('Container.image should not be null or empty.');
  if (!IMAGE_PATTERN.test(image)) throw clientError('Container.image contains invalid characters.');
  checkSizes(container, task);
  checkNetworking(container, task);
  checkPortMappings(container, task.networkMode ?? 'bridge');
  checkMountPoints(container, task.volumes ?? []);
  checkHealthCheck(container);
  checkTimeouts(container);
  checkRestartPolicy(container);
  checkLinuxParameters(container);
  checkLogConfiguration(container);
  const invalid = (setting: string, why: string): Error =>
    clientError(`Invalid '${setting}' setting for container '${container.name ?? ''}': ${why}.`);
  const requirement = invalidRequirement(container.resourceRequirements ?? []);
  if (requirement !== undefined) throw invalid('resourceRequirements', requirement);
  for (const { name } of environment ?? []) {
    if (!name || name.includes('=')) throw invalid('environment', "names must not be empty or hold '='");
  }
  for (const { hostname, ipAddress } of extraHosts ?? []) {
    if (!hostname || !ipAddress) throw invalid('extraHosts', 'hostname and ipAddress must not be empty');
  }
  if (Object.keys(dockerLabels ?? {}).includes('')) throw invalid('dockerLabels', 'keys must not be empty');
  for (const { namespace, value } of container.systemControls ?? []) {
    if (!namespace || !value) throw invalid('systemControls', 'namespace and value must not be empty');
  }
}

function checkSizes({ name = '', cpu, memory, memoryReservation }: Ecs.ContainerDefinition, task: Input): void {
  const invalid = (why: string): Error => clientError(`Invalid setting for container '${name}'. ${why}`);
  if (cpu !== undefined && cpu < 0) throw invalid("'cpu' must not be negative.");
  if (memory === undefined && memoryReservation === undefined && task.memory === undefined) {
    throw invalid("At least one of 'memory' or 'memoryReservation' must be specified.");
  }
  for (const [setting, value] of Object.entries({ memory, memoryReservation })) {
    if (value !== undefined && value < CONTAINER_MEMORY_MIN_MIB) {
      throw invalid(`'${setting}' must be at least ${CONTAINER_MEMORY_MIN_MIB}.`);
    }
  }
  if (memory !== undefined && memoryReservation !== undefined && memory < memoryReservation) {
    throw invalid("'memory' must be greater than or equal to 'memoryReservation'.");
  }
}

function checkNetworking(container: Ecs.ContainerDefinition, { networkMode = 'bridge' }: Input): void {
  if (networkMode !== 'bridge' && container.links?.length) {
    throw clientError(`Links are not supported when networkMode=${networkMode}.`);
  }
  if (networkMode !== 'awsvpc') return;
  if (container.hostname) throw clientError('hostname is not supported on container when networkMode=awsvpc.');
  if (container.extraHosts?.length) {
    throw clientError('Extra hosts are not supported on container when networkMode=awsvpc.');
  }
  if (container.disableNetworking) {
    throw clientError('Disable Networking is not supported on container when networkMode=awsvpc.');
  }
}
