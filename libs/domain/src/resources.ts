/** Resources of a task or an instance. Units: cpu in 1/1024 of a vCPU, memory in MiB, ports by number, GPUs by id. */
export interface Resources {
  readonly cpu: number;
  readonly memory: number;
  /** Fixed TCP host ports. On an instance: the ports in use or reserved, and not the free ones. */
  readonly ports: readonly number[];
  readonly portsUdp: readonly number[];
  readonly gpus: readonly string[];
}

/**
 * Resources that a task requests: like {@link Resources}, but with a number of GPUs. Their ids are assigned together
 * with the instance.
 */
export interface NeededResources extends Omit<Resources, 'gpus'> {
  readonly gpus: number;
}

/** Resources that an instance registered: amounts of cpu, memory and GPUs, and the ports that the host reserves. */
export type RegisteredResources = Resources;

const NO_GPUS: readonly string[] = [];
export const NO_RESOURCES: Resources = { cpu: 0, memory: 0, ports: [], portsUdp: [], gpus: NO_GPUS };

export function plus(a: Resources, b: Resources): Resources {
  return {
    cpu: a.cpu + b.cpu,
    memory: a.memory + b.memory,
    ports: b.ports.length === 0 ? a.ports : [...a.ports, ...b.ports],
    portsUdp: b.portsUdp.length === 0 ? a.portsUdp : [...a.portsUdp, ...b.portsUdp],
    gpus: b.gpus.length === 0 ? a.gpus : [...a.gpus, ...b.gpus],
  };
}

export function minus(a: Resources, b: Resources): Resources {
  return {
    cpu: a.cpu - b.cpu,
    memory: a.memory - b.memory,
    ports: without(a.ports, b.ports),
    portsUdp: without(a.portsUdp, b.portsUdp),
    gpus: without(a.gpus, b.gpus),
  };
}

/** Returns `from` with one occurrence of each of `taken` removed. */
function without<T>(from: readonly T[], taken: readonly T[]): readonly T[] {
  if (taken.length === 0) return from;
  const rest = [...from];
  for (const item of taken) {
    const at = rest.indexOf(item);
    if (at >= 0) rest.splice(at, 1);
  }
  return rest;
}

/** The resource that an instance has too little of for a task, in the words of ECS's `RESOURCE:*` failure reasons. */
export type LackingResource = 'CPU' | 'MEMORY' | 'PORTS' | 'GPU';

/** Returns the first resource, in ECS's order, for which `used` plus `needed` exceeds `registered`, or undefined. */
export function lacking(
  needed: NeededResources,
  used: Resources,
  registered: RegisteredResources,
): LackingResource | undefined {
  if (needed.cpu > 0 && used.cpu + needed.cpu > registered.cpu) return 'CPU';
  if (used.memory + needed.memory > registered.memory) return 'MEMORY';
  if (clash(needed.ports, used.ports, registered.ports)) return 'PORTS';
  if (clash(needed.portsUdp, used.portsUdp, registered.portsUdp)) return 'PORTS';
  if (used.gpus.length + needed.gpus > registered.gpus.length) return 'GPU';
  return undefined;
}

/** Returns the resources that a task takes on an instance with enough room. It gets the first free GPUs. */
export function takenFrom(
  { cpu, memory, ports, portsUdp, gpus }: NeededResources,
  used: Resources,
  registered: RegisteredResources,
): Resources {
  const taken = gpus === 0 ? NO_GPUS : without(registered.gpus, used.gpus).slice(0, gpus);
  return { cpu, memory, ports, portsUdp, gpus: taken };
}

function clash(needed: readonly number[], used: readonly number[], reserved: readonly number[]): boolean {
  return needed.some((port, at) => used.includes(port) || reserved.includes(port) || needed.indexOf(port) !== at);
}
