/** The part of the machine that one local agent offers for tasks. */
export interface InstancePlan {
  /** Name of the agent's process, folder and log: `agent-1` and so on. */
  readonly name: string;
  readonly availabilityZone: string;
  /** Fraction of the machine's CPUs and memory, where 1 is all of it. */
  readonly share: number;
  /** Memory of the share that is reserved for Docker, the agents and the control plane. */
  readonly reservedMemoryMib: number;
  readonly gpuIds: readonly string[];
  /** Address on which the host ports of the containers are bound. */
  readonly bindAddress: string;
}

/** Maximum number of instances: the last byte of `127.0.1.N` is at most 254. */
export const INSTANCES_MAX = 254;

const RESERVED_MEMORY_MIB = 512;
/** Maximum reserved fraction of the memory, so that a small machine has some left for tasks. */
const RESERVED_PART_MAX = 1 / 4;

const ZONES = ['a', 'b', 'c'] as const;

/** Resources and addresses of the machine. */
export interface Machine {
  readonly region: string;
  readonly memoryMib: number;
  readonly gpuIds: readonly string[];
  readonly bindAddress: string;
}

/**
 * Splits a machine into `count` container instances with equal shares. Zones and GPUs are assigned in turn. A single
 * instance has the machine's usual address. Several instances have a loopback address each, so that all of them can use
 * the same host port.
 */
export function planInstances(
  count: number,
  { region, memoryMib, gpuIds, bindAddress }: Machine,
): readonly InstancePlan[] {
  const reserved = Math.min(RESERVED_MEMORY_MIB, memoryMib * RESERVED_PART_MAX);
  return Array.from({ length: count }, (_, index) => ({
    name: `agent-${String(index + 1)}`,
    availabilityZone: `${region}${ZONES[index % ZONES.length] ?? 'a'}`,
    share: 1 / count,
    reservedMemoryMib: Math.floor(reserved / count),
    gpuIds: gpuIds.filter((_, gpu) => gpu % count === index),
    bindAddress: count === 1 ? bindAddress : `127.0.1.${String(index + 1)}`,
  }));
}
