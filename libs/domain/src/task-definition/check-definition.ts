import type * as Ecs from '../ecs/shapes';
import { NAME_PATTERN } from '../ids';
import { clusterQuery } from '../query-language/cluster-query';
import { clientError, Refusal } from '../refusal';
import { checkContainer } from './check-container';
import { checkDependencies } from './check-dependencies';
import { checkFargate } from './check-fargate';
import { checkPortsOfTask } from './check-ports';
import { checkVolumes } from './check-volumes';
import { PAUSE_CONTAINER } from './container-limits';
import { parseTaskCpu, parseTaskMemory } from './task-size';

type Input = Ecs.RegisterTaskDefinitionRequest;

const CONTAINERS_MAX = 10;
export const PLACEMENT_CONSTRAINTS_MAX = 10;

/** @throws Refusal for the first mistake in a definition, in ECS's words (ecs-api 5.4.2). */
export function checkDefinition(input: Input): void {
  checkFamily(input.family);
  checkContainerList(input.containerDefinitions);
  checkTaskSizes(input);
  checkVolumes(input.volumes ?? []);
  for (const container of input.containerDefinitions) checkContainer(container, input);
  checkPortsOfTask(input);
  checkDependencies(input.containerDefinitions);
  checkPlacementConstraints(input.placementConstraints ?? []);
  checkFargate(input);
}

function checkFamily(family: string): void {
  if (family === '') throw clientError('Family can not be blank.');
  if (!NAME_PATTERN.test(family)) throw clientError('Family contains invalid characters.');
}

function checkContainerList(containers: readonly Ecs.ContainerDefinition[]): void {
  if (containers.length === 0) throw clientError('Container list cannot be empty.');
  if (containers.length > CONTAINERS_MAX) throw clientError('Too many containers.');
  const names = new Set<string>();
  for (const { name } of containers) {
    if (!name) throw clientError('Container.name should not be null or empty.');
    if (!NAME_PATTERN.test(name)) throw clientError('Container.name contains invalid characters.');
    if (name === PAUSE_CONTAINER) throw clientError(`Container.name '${name}' is reserved.`);
    if (names.has(name)) {
      throw clientError(
        `Container names must be unique within a task definition. '${name}' is specified more than once.`,
      );
    }
    names.add(name);
  }
  if (containers.every(({ essential }) => essential === false)) {
    throw clientError("Task definition doesn't have any essential container.");
  }
}

function checkTaskSizes({ cpu: cpuText, memory: memoryText, containerDefinitions }: Input): void {
  const cpu = cpuText === undefined ? undefined : parseTaskCpu(cpuText);
  if (cpuText !== undefined && cpu === undefined) throw clientError("Invalid 'cpu' setting for task.");
  const memory = memoryText === undefined ? undefined : parseTaskMemory(memoryText);
  if (memoryText !== undefined && memory === undefined) throw clientError("Invalid 'memory' setting for task.");
  const cpuOfContainers = containerDefinitions.reduce((sum, container) => sum + (container.cpu ?? 0), 0);
  if (cpu !== undefined && cpuOfContainers > cpu) {
    throw clientError("The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.");
  }
  for (const container of containerDefinitions) {
    if (memory !== undefined && (container.memory ?? 0) > memory) {
      throw clientError(`The 'memory' setting for container '${container.name ?? ''}' is greater than for the task.`);
    }
  }
}

/**
 * Parses the expressions of placement constraints at registration, so that a mistake does not surface when a task is
 * run.
 */
function checkExpression(expression: string): void {
  try {
    clusterQuery(expression);
  } catch (error) {
    throw error instanceof Refusal ? clientError(error.message) : error;
  }
}

function checkPlacementConstraints(constraints: readonly Ecs.TaskDefinitionPlacementConstraint[]): void {
  if (constraints.length > PLACEMENT_CONSTRAINTS_MAX) {
    throw clientError(`Maximum number of placement constraints is ${PLACEMENT_CONSTRAINTS_MAX}`);
  }
  for (const { type, expression } of constraints) {
    // The type allows only one value, but a request may contain the other one that RunTask accepts.
    const given: string | undefined = type;
    if (given !== 'memberOf') {
      throw clientError(`constraint.type '${given ?? ''}' is not supported in a task definition. Use 'memberOf'.`);
    }
    if (!expression) throw clientError("A placement constraint of type 'memberOf' must have an expression.");
    checkExpression(expression);
  }
}
