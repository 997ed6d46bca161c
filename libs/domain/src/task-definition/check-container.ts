import type * as Ecs from '../ecs/shapes';
import { clientError } from '../refusal';
import { checkHealthCheck, checkRestartPolicy, checkTimeouts } from './check-container-parts';
import { checkPortMappings } from './check-ports';
import { CONTAINER_MEMORY_MIN_MIB } from './container-limits';
import { checkContainerNetwork } from './container-network';
import { checkMountPoints } from './container-paths';
import { isImageReference } from './image-reference';
import { invalidSettingOf } from './invalid-setting';
import { checkLabels } from './labels';
import { checkLinuxParameters } from './linux-parameters';
import { checkLogConfiguration } from './log-options';
import { invalidRequirement } from './resource-requirements';
import { checkSecurityOptions } from './security-options';
import { checkSystemControls } from './system-controls';

type Input = Ecs.RegisterTaskDefinitionRequest;

const IMAGE_PATTERN = /^[A-Za-z0-9\-_:/.#@]+$/;
/** ECS's limit for the part of an image reference before the digest, in characters. */
const IMAGE_LENGTH_MAX = 255;

/**
 * @throws Refusal for the first mistake in one container, in ECS's words. References to other containers are not
 * checked.
 */
export function checkContainer(container: Ecs.ContainerDefinition, task: Input): void {
  checkImage(container);
  checkSizes(container, task);
  checkContainerNetwork(container, task.networkMode ?? 'bridge');
  checkPortMappings(container, task.networkMode ?? 'bridge');
  checkMountPoints(container, task.volumes ?? []);
  checkProcess(container);
  checkHealthCheck(container);
  checkTimeouts(container);
  checkRestartPolicy(container);
  checkLinuxParameters(container, task);
  checkSecurityOptions(container);
  checkSystemControls(container, task);
  checkLogConfiguration(container);
  const invalid = invalidSettingOf(container);
  const requirement = invalidRequirement(container.resourceRequirements ?? []);
  if (requirement !== undefined) throw invalid('resourceRequirements', requirement);
  checkLabels(container.dockerLabels, (why) => invalid('dockerLabels', why));
}

function checkImage(container: Ecs.ContainerDefinition): void {
  const { image } = container;
  if (!image) throw clientError('Container.image should not be null or empty.');
  const tooLong = image.replace(/@.*$/s, '').length > IMAGE_LENGTH_MAX;
  if (tooLong || !IMAGE_PATTERN.test(image)) throw clientError('Container.image contains invalid characters.');
  if (isImageReference(image)) return;
  throw invalidSettingOf(container)(
    'image',
    `'${image}' is not a Docker image reference. Write [registry/]repository[:tag][@digest], with the repository in lower case`,
  );
}

function checkProcess(container: Ecs.ContainerDefinition): void {
  const invalid = invalidSettingOf(container);
  const { environment = [], workingDirectory } = container;
  if (environment.some(({ name }) => !name || name.includes('='))) {
    throw invalid('environment', "names must not be empty or contain '='");
  }
  if (workingDirectory && !workingDirectory.startsWith('/')) {
    throw invalid('workingDirectory', `'${workingDirectory}' must be an absolute path`);
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
