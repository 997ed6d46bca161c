/** What a task takes, or an instance has. Units: cpu in 1/1024 of a vCPU, memory in MiB, ports by number, GPUs by id. */
export interface Resources {
  readonly cpu: number;
  readonly memory: number;
  /** Fixed TCP host ports. On an instance: the ports in use or reserved, never the free ones. */
  readonly ports: readonly number[];
  readonly portsUdp: readonly number[];
  readonly gpus: readonly string[];
}

/** What a task asks for: as {@link Resources}, but GPUs by number. Which ones it gets is decided with its instance. */
export interface NeededResources extends Omit<Resources, 'gpus'> {
  readonly gpus: number;
}

/** What an instance registered: amounts of cpu, memory and GPUs, and the ports that the host keeps for itself. */
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

/** `from` with one occurrence of each of `taken` removed. */
function without<T>(from: readonly T[], taken: readonly T[]): readonly T[] {
  if (taken.length === 0) return from;
  const rest = [...from];
  for (const item of taken) {
    const at = rest.indexOf(item);
    if (at >= 0) rest.splice(at, 1);
  }
  return rest;
}

/** Which resource a task lacks on an instance; the words are those of ECS's `RESOURCE:*` failure reasons. */
export type LackingResource = 'CPU' | 'MEMORY' | 'PORTS' | 'GPU';

/** The first resource, in ECS's order, of which `needed` does not fit beside `used` into `registered`; or undefined. */
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

/** What a task takes of an instance on which it fits: of the GPUs that are free there, the first. */
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
