import { type ContainerInstance, type Ecs, minus } from '@stowage/domain';

/** Returns `registeredResources`: amounts, and the ports that the host reserves. */
export function registeredResourcesView({ registered }: ContainerInstance): readonly Ecs.Resource[] {
  return [
    integer('CPU', registered.cpu),
    integer('MEMORY', registered.memory),
    stringSet('PORTS', portSet(registered.ports)),
    stringSet('PORTS_UDP', portSet(registered.portsUdp)),
    ...(registered.gpus.length > 0 ? [stringSet('GPU', registered.gpus)] : []),
  ];
}

/**
 * Returns `remainingResources`: remaining amounts, but *used* ports: reserved ones, fixed ones of tasks, and those that
 * running tasks received dynamically (ecs-api 5.2).
 */
export function remainingResourcesView(instance: ContainerInstance): readonly Ecs.Resource[] {
  const { registered, used, dynamicPorts, dynamicPortsUdp } = instance;
  const left = minus(registered, used);
  return [
    integer('CPU', left.cpu),
    integer('MEMORY', left.memory),
    stringSet('PORTS', portSet(registered.ports, used.ports, dynamicPorts)),
    stringSet('PORTS_UDP', portSet(registered.portsUdp, used.portsUdp, dynamicPortsUdp)),
    ...(registered.gpus.length > 0 ? [stringSet('GPU', left.gpus)] : []),
  ];
}

// ECS sets all three numbers, the unused ones to zero. Old clients read different ones.
function integer(name: string, value: number): Ecs.Resource {
  return { name, type: 'INTEGER', doubleValue: 0, longValue: 0, integerValue: value };
}

function stringSet(name: string, values: readonly string[]): Ecs.Resource {
  return { name, type: 'STRINGSET', doubleValue: 0, longValue: 0, integerValue: 0, stringSetValue: values };
}

/** Returns a set of ports without duplicates in ascending order. */
function portSet(...groups: readonly (readonly number[])[]): readonly string[] {
  return [...new Set(groups.flat())].sort((a, b) => a - b).map(String);
}
