import type { TaskLimits, TaskPlan } from './task-plan';

/** The cgroup layout of Docker on this host. It is undefined if the agent cannot enforce the sizes of a whole task. */
export type CgroupLayout = 'v1' | 'v2' | undefined;

const CPU_PERIOD_US = 100_000;
const CPU_UNITS_PER_VCPU = 1_024;
const MIB = 1024 * 1024;
/** The smallest quota that the kernel accepts. */
const CPU_QUOTA_MIN_US = 1_000;

export interface CgroupFile {
  /** Path relative to the root of the cgroup file system. */
  readonly path: string;
  readonly value: string;
}

/** Docker's `CgroupParent` for the containers of the task. */
export function cgroupParent(plan: TaskPlan): string {
  return `/stowage/${plan.item.task}`;
}

export function hasLimits({ cpu, memoryMiB }: TaskLimits): boolean {
  return cpu !== undefined || memoryMiB !== undefined;
}

/** Directories of the task's cgroup relative to the root, one for each controller in v1. */
export function cgroupDirectories(plan: TaskPlan, layout: 'v1' | 'v2'): readonly string[] {
  const parent = cgroupParent(plan);
  return layout === 'v2' ? [parent] : [`/cpu${parent}`, `/memory${parent}`];
}

/** Returns the files and values that limit all containers of the task together to its sizes. */
export function cgroupFiles(plan: TaskPlan, layout: 'v1' | 'v2'): readonly CgroupFile[] {
  const { cpu, memoryMiB } = plan.limits;
  const parent = cgroupParent(plan);
  const quota = cpu && Math.max(CPU_QUOTA_MIN_US, Math.round((cpu / CPU_UNITS_PER_VCPU) * CPU_PERIOD_US));
  const memory = memoryMiB && String(memoryMiB * MIB);
  if (layout === 'v2') {
    return [
      ...(quota ? [{ path: `${parent}/cpu.max`, value: `${String(quota)} ${String(CPU_PERIOD_US)}` }] : []),
      ...(memory ? [{ path: `${parent}/memory.max`, value: memory }] : []),
    ];
  }
  return [
    ...(quota
      ? [
          { path: `/cpu${parent}/cpu.cfs_period_us`, value: String(CPU_PERIOD_US) },
          { path: `/cpu${parent}/cpu.cfs_quota_us`, value: String(quota) },
        ]
      : []),
    ...(memory ? [{ path: `/memory${parent}/memory.limit_in_bytes`, value: memory }] : []),
  ];
}
