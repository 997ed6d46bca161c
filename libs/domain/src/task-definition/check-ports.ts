import type * as Ecs from '../ecs/shapes';
import { clientError } from '../refusal';
import { parsePortRange, PORT_MAX, type PortRange } from '../port-ranges';

type Mode = NonNullable<Ecs.RegisterTaskDefinitionRequest['networkMode']>;

/** Largest number of ports in the ranges of one container (ECS model, `containerPortRange`). */
export const RANGE_PORTS_MAX = 100;
const NAME_PATTERN = /^[a-z0-9_][a-z0-9_-]{0,63}$/;

interface MappedPorts extends PortRange {
  readonly protocol: 'tcp' | 'udp';
  readonly isRange: boolean;
}

/** Checks that a container's port mappings are well formed and valid for the network mode. @throws Refusal */
export function checkPortMappings(container: Ecs.ContainerDefinition, mode: Mode): void {
  const mappings = container.portMappings ?? [];
  if (mode === 'none' && mappings.length > 0) {
    throw clientError('Port mappings are not supported when networkMode=none.');
  }
  const invalid = (why: string): Error =>
    clientError(`Invalid 'portMappings' setting for container '${container.name ?? ''}': ${why}.`);
  for (const mapping of mappings) checkMapping(mapping, mode, invalid);
  const inRanges = mappings.map(mappedPorts).filter(({ isRange }) => isRange);
  if (inRanges.reduce((sum, { first, last }) => sum + last - first + 1, 0) > RANGE_PORTS_MAX) {
    throw invalid(`a container can have at most ${RANGE_PORTS_MAX} ports in ranges`);
  }
}

function checkMapping(mapping: Ecs.PortMapping, mode: Mode, invalid: (why: string) => Error): void {
  const { containerPort, hostPort, containerPortRange, name } = mapping;
  if (name !== undefined && !NAME_PATTERN.test(name)) {
    throw invalid(
      `the name '${name}' must be 1 to 64 lower-case letters, digits, '_' and '-', and must not start with '-'`,
    );
  }
  if (containerPortRange !== undefined) {
    if (containerPort !== undefined || hostPort !== undefined) {
      throw invalid('you cannot specify both single port and port range');
    }
    if (!parsePortRange(containerPortRange)) {
      throw clientError(`Invalid 'containerPortRange' setting: '${containerPortRange}' is not a range of ports.`);
    }
    return;
  }
  if (!isPort(containerPort)) throw invalid(`'containerPort' must be 1 to ${PORT_MAX}`);
  if (hostPort === undefined) return;
  if (hostPort !== 0 && !isPort(hostPort)) throw invalid(`'hostPort' must be 0 to ${PORT_MAX}`);
  if ((mode === 'host' || mode === 'awsvpc') && hostPort !== containerPort) {
    throw clientError(`When networkMode=${mode}, the host ports and container ports in port mappings must match.`);
  }
}

const isPort = (port: number | undefined): boolean =>
  port !== undefined && Number.isInteger(port) && port >= 1 && port <= PORT_MAX;

/** Checks that the containers of a task do not share ports or port names. @throws Refusal */
export function checkPortsOfTask({
  containerDefinitions,
  networkMode = 'bridge',
}: Pick<Ecs.RegisterTaskDefinitionRequest, 'containerDefinitions' | 'networkMode'>): void {
  const mappings = containerDefinitions.flatMap(({ portMappings }) => portMappings ?? []);
  const names = new Set<string>();
  for (const { name } of mappings) {
    if (name === undefined) continue;
    if (names.has(name)) throw clientError(`The port mapping name is already used: '${name}'.`);
    names.add(name);
  }
  checkHostPorts(mappings);
  // In bridge mode each container has its own address. In other modes they share one.
  if (networkMode === 'bridge')
    for (const container of containerDefinitions) checkOverlap(container.portMappings ?? [], true);
  else checkOverlap(mappings, false);
}

function checkHostPorts(mappings: readonly Ecs.PortMapping[]): void {
  const taken = new Set<string>();
  for (const { hostPort, protocol = 'tcp' } of mappings) {
    if (!hostPort) continue;
    const key = `${hostPort}/${protocol}`;
    if (taken.has(key)) throw clientError(`The host port ${key} is used multiple times in task.`);
    taken.add(key);
  }
}

/** With `rangesOnly`, as in bridge mode, a port may be published twice unless a range contains it. */
function checkOverlap(mappings: readonly Ecs.PortMapping[], rangesOnly: boolean): void {
  const seen: MappedPorts[] = [];
  for (const ports of mappings.map(mappedPorts)) {
    const other = seen.find(
      (one) =>
        one.protocol === ports.protocol &&
        one.first <= ports.last &&
        ports.first <= one.last &&
        (!rangesOnly || one.isRange || ports.isRange),
    );
    if (other) {
      const port = Math.max(other.first, ports.first);
      throw clientError(`The container port is used multiple times in task: ${port}/${ports.protocol}.`);
    }
    seen.push(ports);
  }
}

function mappedPorts({ containerPort = 0, containerPortRange, protocol = 'tcp' }: Ecs.PortMapping): MappedPorts {
  const range = containerPortRange === undefined ? undefined : parsePortRange(containerPortRange);
  return { ...(range ?? { first: containerPort, last: containerPort }), protocol, isRange: range !== undefined };
}
