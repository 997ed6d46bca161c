import type * as Ecs from '../ecs/shapes';
import type { NeededResources } from '../resources';
import { logLocation } from '../task-definition/records/log-location';
import { parsePortRange, portsOf } from '../port-ranges';
import { gpusOf } from '../task-definition/resource-requirements';
import type { RegisteredDefinition } from '../task-definition/records/task-definition';
import { parseTaskCpu, parseTaskMemory } from '../task-definition/task-size';
import { overriddenContainer } from './overrides';
import type { PlacedContainer } from './records/task';

/** Sizes of a definition with its overrides, for the ledger and for readers. */
export interface SizedTask {
  /** Task-level sizes as text: the task's own, or the sum over its containers. */
  readonly cpu: string;
  readonly memory: string;
  readonly resources: NeededResources;
  /** In the definition's order. A scheduler adds the id and the GPUs of each container. */
  readonly containers: readonly Omit<PlacedContainer, 'id' | 'gpuIds'>[];
  /** Number of GPUs of each container. */
  readonly containerGpus: readonly number[];
}

/**
 * Computes the sizes of a task (ecs-api 5.6.2): the task's own cpu and memory if it has them, else the sums over its
 * containers, where `memoryReservation` takes precedence over `memory`; and its known host ports. Dynamic ports are not
 * reserved. Requires overrides that `checkOverrides` accepted.
 */
export function sizeTask(definition: RegisteredDefinition, overrides: Ecs.TaskOverride = {}): SizedTask {
  const containers = definition.containerDefinitions.map((container) => overriddenContainer(container, overrides));
  const cpu = taskLevel(overrides.cpu ?? definition.cpu, parseTaskCpu) ?? sum(containers, cpuOf);
  const memory = taskLevel(overrides.memory ?? definition.memory, parseTaskMemory) ?? sum(containers, memoryOf);
  const containerGpus = containers.map(gpusOf);
  return {
    cpu: String(cpu),
    memory: String(memory),
    resources: {
      cpu,
      memory,
      ports: fixedHostPorts(definition, 'tcp'),
      portsUdp: fixedHostPorts(definition, 'udp'),
      gpus: containerGpus.reduce((total, gpus) => total + gpus, 0),
    },
    containers: containers.map(placedContainer),
    containerGpus,
  };
}

function placedContainer(container: Ecs.ContainerDefinition): SizedTask['containers'][number] {
  const { memory, memoryReservation } = container;
  const log = logLocation(container);
  return {
    name: container.name ?? '',
    image: container.image ?? '',
    cpu: String(cpuOf(container)),
    ...(memory !== undefined && { memory: String(memory) }),
    ...(memoryReservation !== undefined && { memoryReservation: String(memoryReservation) }),
    essential: container.essential ?? true,
    hasHealthCheck: container.healthCheck !== undefined,
    ...(log && { log }),
  };
}

/**
 * Returns the host ports that are known before the task runs, sorted: fixed ones in bridge mode, all of them in host
 * mode.
 */
export function fixedHostPorts(definition: RegisteredDefinition, protocol: 'tcp' | 'udp'): readonly number[] {
  const mappings = definition.containerDefinitions
    .flatMap(({ portMappings }) => portMappings ?? [])
    .filter((mapping) => (mapping.protocol ?? 'tcp') === protocol);
  const ports = mappings.flatMap((mapping) => hostPortsOf(mapping, definition.networkMode ?? 'bridge'));
  return [...new Set(ports)].sort((a, b) => a - b);
}

function hostPortsOf(mapping: Ecs.PortMapping, networkMode: string): readonly number[] {
  if (networkMode === 'host') {
    // The container uses the host's network, so its container ports are the host ports and `hostPort` is ignored.
    if (mapping.containerPort !== undefined) return [mapping.containerPort];
    const range = mapping.containerPortRange === undefined ? undefined : parsePortRange(mapping.containerPortRange);
    return range ? portsOf(range) : [];
  }
  return networkMode === 'bridge' && mapping.hostPort ? [mapping.hostPort] : [];
}

const cpuOf = ({ cpu }: Ecs.ContainerDefinition): number => cpu ?? 0;
const memoryOf = ({ memory, memoryReservation }: Ecs.ContainerDefinition): number => memoryReservation ?? memory ?? 0;

function sum(
  containers: readonly Ecs.ContainerDefinition[],
  amount: (container: Ecs.ContainerDefinition) => number,
): number {
  return containers.reduce((total, container) => total + amount(container), 0);
}

function taskLevel(text: string | undefined, parse: (text: string) => number | undefined): number | undefined {
  return text === undefined ? undefined : parse(text);
}
