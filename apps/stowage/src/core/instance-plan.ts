/** What one local agent is told about the part of the machine that it may hand out. */
export interface InstancePlan {
  /** Of its process, its folder and its log: `agent-1` and so on. */
  readonly name: string;
  readonly availabilityZone: string;
  /** Of the machine's CPUs and memory: 1 is all of it. */
  readonly share: number;
  /** Kept back from that share: for Docker, the agents and the control plane beside them. */
  readonly reservedMemoryMib: number;
  readonly gpuIds: readonly string[];
  /** Where the host ports of its containers are bound. */
  readonly bindAddress: string;
}

/** Beyond this a loopback address `127.0.1.N` would need a last byte over 254. */
export const INSTANCES_MAX = 254;

const RESERVED_MEMORY_MIB = 512;
/** A small machine keeps back a quarter, so that something is left to hand out. */
const RESERVED_PART_MAX = 1 / 4;

const ZONES = ['a', 'b', 'c'] as const;

/** What a machine has, and where it is. */
export interface Machine {
  readonly region: string;
  readonly memoryMib: number;
  readonly gpuIds: readonly string[];
  readonly bindAddress: string;
}

/**
 * Shares a machine among `count` container instances: equal parts, zones and GPUs in turn. A single instance has the machine's
 * usual address; several have a loopback address each, so that all of them can give out the same host port.
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
