import type * as Ecs from '../ecs/shapes';
import { clientError, invalidParameter } from '../refusal';
import { NO_RESOURCES, type RegisteredResources } from '../resources';
import { PORT_MAX } from '../port-ranges';

/** Largest number of reserved ports of one instance, including the agent's own (ecs-api 4.3). */
export const RESERVED_PORTS_MAX = 100;

/**
 * Parses `totalResources` of a registration. Absent resources are zero. @throws Refusal that names an unknown or
 * malformed resource.
 */
export function readTotalResources(resources: readonly Ecs.Resource[]): RegisteredResources {
  return resources.reduce(withResource, NO_RESOURCES);
}

function withResource(read: RegisteredResources, resource: Ecs.Resource): RegisteredResources {
  switch (resource.name) {
    case 'CPU':
      return { ...read, cpu: amountOf(resource) };
    case 'MEMORY':
      return { ...read, memory: amountOf(resource) };
    case 'PORTS':
      return { ...read, ports: portsOf(resource) };
    case 'PORTS_UDP':
      return { ...read, portsUdp: portsOf(resource) };
    case 'GPU':
      return { ...read, gpus: [...(resource.stringSetValue ?? [])] };
    default:
      throw clientError(`The resource '${resource.name ?? ''}' is not supported.`);
  }
}

function amountOf({ name, type, integerValue, longValue, doubleValue }: Ecs.Resource): number {
  const amount = type === 'DOUBLE' ? doubleValue : type === 'LONG' ? longValue : integerValue;
  if (amount === undefined || !Number.isSafeInteger(amount) || amount < 0) {
    throw invalidParameter(`The resource '${name ?? ''}' must be a whole number that is not negative.`);
  }
  return amount;
}

function portsOf({ name, stringSetValue }: Ecs.Resource): readonly number[] {
  const ports = [...new Set(stringSetValue ?? [])].map(Number);
  if (ports.some((port) => !Number.isInteger(port) || port < 1 || port > PORT_MAX)) {
    throw invalidParameter(`The resource '${name ?? ''}' must be a set of port numbers.`);
  }
  if (ports.length > RESERVED_PORTS_MAX) {
    throw invalidParameter(`At most ${RESERVED_PORTS_MAX} ports can be reserved on a container instance.`);
  }
  return ports;
}
