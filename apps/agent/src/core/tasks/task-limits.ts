import type { TaskLimits, TaskPlan } from './task-plan';

/** How Docker lays out cgroups on this host; undefined where the agent cannot hold a whole task to its sizes. */
export type CgroupLayout = 'v1' | 'v2' | undefined;

const CPU_PERIOD_US = 100_000;
const CPU_UNITS_PER_VCPU = 1_024;
const MIB = 1024 * 1024;
/** The kernel's own least quota. */
const CPU_QUOTA_MIN_US = 1_000;

export interface CgroupFile {
  /** Below the cgroup file system's root. */
  readonly path: string;
  readonly value: string;
}

/** Docker's `CgroupParent` for the task's containers. */
export function cgroupParent(plan: TaskPlan): string {
  return `/stowage/${plan.item.task}`;
}

export function hasLimits({ cpu, memoryMiB }: TaskLimits): boolean {
  return cpu !== undefined || memoryMiB !== undefined;
}

/** The directories of the task's cgroup below the root, one per controller in v1. */
export function cgroupDirectories(plan: TaskPlan, layout: 'v1' | 'v2'): readonly string[] {
  const parent = cgroupParent(plan);
  return layout === 'v2' ? [parent] : [`/cpu${parent}`, `/memory${parent}`];
}

/** What to write where so that the task's containers together take no more than its sizes. */
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
