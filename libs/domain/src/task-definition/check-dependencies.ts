import { duplicateOf } from '../duplicate';
import type * as Ecs from '../ecs/shapes';
import { NAME_PATTERN } from '../ids';
import { clientError } from '../refusal';

type Containers = readonly Ecs.ContainerDefinition[];

/**
 * That what containers say of each other (`links`, `volumesFrom`, `dependsOn`) is of containers that there are, can come
 * true, and has no cycle: each of the three makes one container wait for the other.
 */
export function checkDependencies(containers: Containers): void {
  for (const container of containers) {
    checkLinks(container, containers);
    const source = duplicateOf((container.volumesFrom ?? []).map(({ sourceContainer }) => sourceContainer));
    if (source !== undefined) throw clientError(`Invalid 'volumesFrom' setting. '${source}' is there twice.`);
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
  // ECS's own text has the stray plus sign.
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

/** The containers that this one is linked to. */
export function linkedNames({ links }: Ecs.ContainerDefinition): readonly string[] {
  return (links ?? []).map((link) => link.split(':')[0] ?? '');
}

/** All containers that this one waits for, whatever the reason. */
export function awaitedNames(container: Ecs.ContainerDefinition): readonly string[] {
  return [
    ...linkedNames(container),
    ...(container.volumesFrom ?? []).map(({ sourceContainer }) => sourceContainer ?? ''),
    ...(container.dependsOn ?? []).map(({ containerName }) => containerName),
  ];
}

/** A path that comes back to its first container, or undefined. */
function cycleOf(
  containers: Containers,
  edges: (container: Ecs.ContainerDefinition) => readonly string[],
): readonly string[] | undefined {
  const done = new Set<string>();
  // The depth is bounded by the number of containers: a name that is on the path already ends the walk.
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
