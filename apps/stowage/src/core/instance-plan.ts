/** What one local agent is told about the part of the machine that it may hand out. */
export interface InstancePlan {
  /** Of its process, its folder and its log: `instance-1` and so on. */
  readonly name: string;
  readonly availabilityZone: string;
  /** CPU units: 1,024 a core. */
  readonly cpu: number;
  /** MiB. */
  readonly memory: number;
  /** Where the host ports of its containers are bound. */
  readonly bindAddress: string;
}

export interface Machine {
  readonly cores: number;
  readonly memoryMiB: number;
}

/** Beyond this a loopback address `127.0.1.N` would need a fourth byte over 254. */
export const INSTANCES_MAX = 254;

/** Kept back from the tasks: for Docker, the agent and the control plane beside them. */
export const RESERVED_MEMORY_MIB = 512;

const ZONES = ['a', 'b', 'c'];

/**
 * Shares a machine among `count` container instances: equal parts, zones in turn. A single instance has the machine's
 * usual address; several have a loopback address each, so that all of them can give out the same host port.
 */
export function planInstances(
  count: number,
  region: string,
  machine: Machine,
  bindAddress: string,
): readonly InstancePlan[] {
  const cpu = Math.floor((machine.cores * 1_024) / count);
  const memory = Math.floor((machine.memoryMiB - reserved(machine)) / count);
  return Array.from({ length: count }, (_, index) => ({
    name: `instance-${String(index + 1)}`,
    availabilityZone: `${region}${ZONES[index % ZONES.length] ?? 'a'}`,
    cpu,
    memory,
    bindAddress: count === 1 ? bindAddress : `127.0.1.${String(index + 1)}`,
  }));
}

/** On a small machine a quarter, so that something is left to hand out. */
function reserved({ memoryMiB }: Machine): number {
  return Math.min(RESERVED_MEMORY_MIB, Math.floor(memoryMiB / 4));
}
