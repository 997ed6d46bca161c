import { duplicateOf } from '../duplicate';
import type * as Ecs from '../ecs/shapes';
import { invalidParameter, type Refusal } from '../refusal';
import { CONTAINER_MEMORY_MIN_MIB } from '../task-definition/container-limits';
import { invalidRequirement, unsupportedRequirement } from '../task-definition/resource-requirements';
import type { RegisteredDefinition } from '../task-definition/records/task-definition';
import { parseTaskCpu, parseTaskMemory } from '../task-definition/task-size';

/** Longest JSON form of the overrides in characters (ecs-api 5.5.4). */
export const OVERRIDES_LENGTH_MAX = 8_192;

/**
 * Checks whether a task of `definition` can run with these overrides (ecs-api 5.5.3, 5.5.4).
 *
 * @throws Refusal for the first mistake, in ECS's words, or for the first override that Stowage cannot honour, with its
 * name.
 */
export function checkOverrides(definition: RegisteredDefinition, overrides: Ecs.TaskOverride): void {
  if (JSON.stringify(overrides).length > OVERRIDES_LENGTH_MAX) {
    throw invalidParameter(`Container Overrides length must be at most ${OVERRIDES_LENGTH_MAX}`);
  }
  const unsupported = unsupportedOverride(overrides);
  if (unsupported !== undefined) throw invalidParameter(`The override '${unsupported}' is not supported.`);
  if (overrides.cpu !== undefined && parseTaskCpu(overrides.cpu) === undefined) {
    throw invalidParameter("Invalid 'cpu' setting for task.");
  }
  if (overrides.memory !== undefined && parseTaskMemory(overrides.memory) === undefined) {
    throw invalidParameter("Invalid 'memory' setting for task.");
  }
  const containers = overrides.containerOverrides ?? [];
  for (const override of containers) checkContainerOverride(definition, override);
  const duplicate = duplicateOf(containers.map(({ name }) => name));
  if (duplicate !== undefined)
    throw invalidParameter(`The container override for '${duplicate}' is specified more than once.`);
}

function checkContainerOverride(definition: RegisteredDefinition, override: Ecs.ContainerOverride): void {
  const container = definition.containerDefinitions.find(({ name }) => name === override.name);
  if (!container) {
    throw invalidParameter(
      `Override for container named ${override.name ?? ''} is not a container in the TaskDefinition.`,
    );
  }
  const { cpu, memory, memoryReservation } = { ...container, ...given(override) };
  const wrong = (rest: string): Refusal =>
    invalidParameter(`Invalid setting for container '${override.name ?? ''}'. ${rest}`);
  if (cpu !== undefined && cpu < 0) throw wrong("'cpu' must not be negative.");
  for (const [name, value] of Object.entries({ memory, memoryReservation })) {
    if (value !== undefined && value < CONTAINER_MEMORY_MIN_MIB) {
      throw wrong(`'${name}' must be at least ${CONTAINER_MEMORY_MIN_MIB}.`);
    }
  }
  if (memory !== undefined && memoryReservation !== undefined && memory < memoryReservation) {
    throw wrong("'memory' must be greater than or equal to 'memoryReservation'.");
  }
  const invalid = invalidRequirement(override.resourceRequirements ?? []);
  if (invalid !== undefined) throw wrong(`'resourceRequirements': ${invalid}.`);
  if (override.environment?.some(({ name }) => !name || name.includes('='))) {
    throw wrong("Environment variable names must not be empty or hold '='.");
  }
}

/** Returns the name of the first override that Stowage cannot honour, or undefined. */
function unsupportedOverride(overrides: Ecs.TaskOverride): string | undefined {
  if (overrides.taskRoleArn !== undefined) return 'taskRoleArn';
  if (overrides.inferenceAcceleratorOverrides?.length) return 'inferenceAcceleratorOverrides';
  if (overrides.ephemeralStorage !== undefined) return 'ephemeralStorage';
  for (const override of overrides.containerOverrides ?? []) {
    if (override.environmentFiles?.length) return 'environmentFiles';
    const requirement = unsupportedRequirement(override.resourceRequirements ?? []);
    if (requirement) return requirement.setting;
  }
  return undefined;
}

/**
 * Returns the container as it runs: the override replaces command, sizes and GPUs. The environment is merged by name:
 * the override's value wins and keeps the position that the name has in the definition. Requires overrides that {@link
 * checkOverrides} accepted.
 */
export function overriddenContainer(
  container: Ecs.ContainerDefinition,
  overrides: Ecs.TaskOverride,
): Ecs.ContainerDefinition {
  const own = (overrides.containerOverrides ?? []).filter(({ name }) => name === container.name);
  return own.reduce<Ecs.ContainerDefinition>(
    (result, override) => ({ ...result, ...given(override, result) }),
    container,
  );
}

/** The members that an override sets. */
function given(override: Ecs.ContainerOverride, container?: Ecs.ContainerDefinition): Partial<Ecs.ContainerDefinition> {
  const { cpu, memory, memoryReservation, command, environment, resourceRequirements } = override;
  return {
    ...(cpu !== undefined && { cpu }),
    ...(memory !== undefined && { memory }),
    ...(memoryReservation !== undefined && { memoryReservation }),
    ...(command && { command }),
    ...(resourceRequirements?.length && { resourceRequirements }),
    ...(environment && { environment: mergedEnvironment(container?.environment ?? [], environment) }),
  };
}

function mergedEnvironment(
  base: readonly Ecs.KeyValuePair[],
  overrides: readonly Ecs.KeyValuePair[],
): readonly Ecs.KeyValuePair[] {
  const merged = new Map(base.map((pair) => [pair.name, pair]));
  for (const pair of overrides) merged.set(pair.name, pair);
  return [...merged.values()];
}
