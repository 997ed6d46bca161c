import { duplicateOf } from '../duplicate';
import type * as Ecs from '../ecs/shapes';
import { NAME_PATTERN } from '../ids';
import { clientError } from '../refusal';

type Containers = readonly Ecs.ContainerDefinition[];

/**
 * Checks that the references between containers (`links`, `volumesFrom`, `dependsOn`) name existing containers, can be
 * satisfied, and have no cycle. Each of the three makes one container wait for the other.
 */
export function checkDependencies(containers: Containers): void {
  for (const container of containers) {
    checkLinks(container, containers);
    const source = duplicateOf((container.volumesFrom ?? []).map(({ sourceContainer }) => sourceContainer));
    if (source !== undefined)
      throw clientError(`Invalid 'volumesFrom' setting. '${source}' is specified more than once.`);
    for (const { sourceContainer } of container.volumesFrom ?? []) {
      if (!find(containers, sourceContainer)) {
        throw clientError(`Invalid 'volumesFrom' setting. Unknown container: '${sourceContainer ?? ''}'.`);
      }
    }
    for (const dependency of container.dependsOn ?? []) checkDependsOn(dependency, containers);
  }
  if (cycleOf(containers, linkedNames)) throw clientError('Container links should not have a cycle');
  const cycle = cycleOf(containers, awaitedNames);
  if (cycle) throw clientError(`Container dependencies should not have a cycle: ${cycle.join(' -> ')}.`);
}

const find = (containers: Containers, name: string | undefined): Ecs.ContainerDefinition | undefined =>
  containers.find((container) => container.name === name);

function checkLinks(container: Ecs.ContainerDefinition, containers: Containers): void {
  for (const link of container.links ?? []) {
    const [name, alias, ...rest] = link.split(':');
    if (!find(containers, name)) {
      throw clientError(`Invalid 'links' setting. Unknown container: '${name ?? ''}'.`);
    }
    if (rest.length > 0 || (alias !== undefined && !NAME_PATTERN.test(alias))) {
      throw clientError(`Invalid 'links' setting. Invalid alias in '${link}'.`);
    }
  }
}

function checkDependsOn({ containerName, condition }: Ecs.ContainerDependency, containers: Containers): void {
  const dependency = find(containers, containerName);
  // The plus sign is part of ECS's text.
  if (!dependency) throw clientError(`Cannot depend on container + '${containerName}' because it does not exist`);
  switch (condition) {
    case 'START':
      return;
    case 'COMPLETE':
    case 'SUCCESS':
      if (dependency.essential !== false) {
        throw clientError('A dependency container with SUCCESS or COMPLETE condition cannot be an essential container');
      }
      return;
    case 'HEALTHY':
      if (!dependency.healthCheck) {
        throw clientError('A dependency container with HEALTHY condition must have health check configured');
      }
      return;
  }
}

/** Returns the containers to which this one is linked. */
export function linkedNames({ links }: Ecs.ContainerDefinition): readonly string[] {
  return (links ?? []).map((link) => link.split(':')[0] ?? '');
}

/** Returns all containers that this one waits for. */
export function awaitedNames(container: Ecs.ContainerDefinition): readonly string[] {
  return [
    ...linkedNames(container),
    ...(container.volumesFrom ?? []).map(({ sourceContainer }) => sourceContainer ?? ''),
    ...(container.dependsOn ?? []).map(({ containerName }) => containerName),
  ];
}

/** Returns a path that ends at its first container, or undefined. */
function cycleOf(
  containers: Containers,
  edges: (container: Ecs.ContainerDefinition) => readonly string[],
): readonly string[] | undefined {
  const done = new Set<string>();
  // The depth is bounded by the number of containers, because a name that is on the path ends the walk.
  const walk = (name: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (done.has(name)) return undefined;
    const container = find(containers, name);
    for (const next of container ? edges(container) : []) {
      const cycle = walk(next, [...path, name]);
      if (cycle) return cycle;
    }
    done.add(name);
    return undefined;
  };
  for (const { name } of containers) {
    const cycle = walk(name ?? '', []);
    if (cycle) return cycle;
  }
  return undefined;
}
