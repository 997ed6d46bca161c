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
 * Holds a whole task to its sizes with a cgroup above those of its containers. That needs the host's cgroup files and
 * Docker's `cgroupfs` driver; elsewhere (systemd's driver, an agent without rights) the containers are limited one by one.
 */
export class TaskCgroups {
  private constructor(
    private readonly root: string,
    private readonly layout: CgroupLayout,
  ) {}

  static of(root: string, engine: EngineFacts): TaskCgroups {
    return new TaskCgroups(root, root === OFF ? undefined : layoutOf(root, engine));
  }

  /** Whether tasks with sizes get a cgroup of their own. */
  get available(): boolean {
    return this.layout !== undefined;
  }

  /** Docker's `CgroupParent`, for a task that has sizes. */
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

  /** Docker makes the parent under every controller, so all of them are looked at. */
  async remove(plan: TaskPlan): Promise<void> {
    if (!this.layout || !hasLimits(plan.limits)) return;
    const parent = cgroupParent(plan);
    const controllers = this.layout === 'v2' ? [''] : await readdir(this.root);
    for (const controller of controllers) {
      const directory = join(this.root, controller, parent);
      if (existsSync(directory)) await rmdir(directory);
    }
  }

  /** In v2 a cgroup has only the controllers that those above it pass on. */
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
