import { existsSync } from 'node:fs';
import { mkdir, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineFacts } from '../../core/control-plane/registration';
import {
  cgroupDirectories,
  cgroupFiles,
  type CgroupLayout,
  cgroupParent,
  hasLimits,
} from '../../core/tasks/task-limits';
import type { TaskPlan } from '../../core/tasks/task-plan';

const OFF = 'off';

/**
 * Enforces the task-level sizes with a cgroup above those of the task's containers. This needs the host's cgroup files
 * and Docker's `cgroupfs` driver. Without them (systemd's driver, an agent without permissions), each container is
 * limited on its own.
 */
export class TaskCgroups {
  private constructor(
    private readonly root: string,
    private readonly layout: CgroupLayout,
  ) {}

  static of(root: string, engine: EngineFacts): TaskCgroups {
    return new TaskCgroups(root, root === OFF ? undefined : layoutOf(root, engine));
  }

  /** True if tasks with sizes get a cgroup of their own. */
  get available(): boolean {
    return this.layout !== undefined;
  }

  /** Docker's `CgroupParent` for a task that has sizes. */
  parentOf(plan: TaskPlan): string | undefined {
    return this.layout && hasLimits(plan.limits) ? cgroupParent(plan) : undefined;
  }

  async make(plan: TaskPlan): Promise<void> {
    if (!this.layout || !hasLimits(plan.limits)) return;
    for (const directory of cgroupDirectories(plan, this.layout)) {
      await mkdir(join(this.root, directory), { recursive: true });
    }
    if (this.layout === 'v2') await this.enableControllers();
    for (const { path, value } of cgroupFiles(plan, this.layout)) await writeFile(join(this.root, path), value);
  }

  /** Removes the task's cgroup under every controller, because Docker creates the parent under each of them. */
  async remove(plan: TaskPlan): Promise<void> {
    if (!this.layout || !hasLimits(plan.limits)) return;
    const parent = cgroupParent(plan);
    const controllers = this.layout === 'v2' ? [''] : await readdir(this.root);
    for (const controller of controllers) {
      const directory = join(this.root, controller, parent);
      if (existsSync(directory)) await rmdir(directory);
    }
  }

  /** Enables the controllers level by level. In v2 a cgroup has only those that its parent passes on. */
  private async enableControllers(): Promise<void> {
    for (const directory of ['', 'stowage']) {
      await writeFile(join(this.root, directory, 'cgroup.subtree_control'), '+cpu +memory');
    }
  }
}

function layoutOf(root: string, { cgroupDriver, cgroupVersion }: EngineFacts): CgroupLayout {
  if (cgroupDriver !== 'cgroupfs') return undefined;
  if (cgroupVersion === '2') return existsSync(join(root, 'cgroup.controllers')) ? 'v2' : undefined;
  return existsSync(join(root, 'cpu')) && existsSync(join(root, 'memory')) ? 'v1' : undefined;
}
