import type { InstanceId } from '@stowage/domain';
import type { Failure } from '../../core/containers/facts';
import { pauseLabels, TASK_LABEL, taskLabels, INSTANCE_LABEL } from '../../core/containers/labels';
import { canMakePauseImage, PAUSE_COMMAND, PAUSE_IMAGE, pauseArchive } from '../../core/images/pause-image';
import type { EngineFacts } from '../../core/control-plane/registration';
import type { TaskPlan, VolumePlan } from '../../core/tasks/task-plan';
import { errorText } from '@stowage/concurrency';
import { type ContainerEngine, EngineError } from '../containers/container-engine';
import type { TaskCgroups } from './task-cgroups';

type DockerVolume = Extract<VolumePlan, { kind: 'docker' }>;

/** What a task needs before its first container, and what goes with its last: volumes, a cgroup, shared namespaces. */
export class TaskResources {
  constructor(
    private readonly engine: ContainerEngine,
    private readonly cgroups: TaskCgroups,
    private readonly instance: InstanceId,
    private readonly options: { readonly pauseImage?: string; readonly pullInactivityMs: number },
  ) {}

  /** Whether tasks can share namespaces here. */
  canPause({ architecture }: EngineFacts): boolean {
    return this.options.pauseImage !== undefined || canMakePauseImage(architecture);
  }

  /**
   * Makes what is missing; called again it finds it made. Answers why the task can't have it, if it can't.
   * @throws EngineError of a kind that a later attempt may cure.
   */
  async prepare(plan: TaskPlan, signal: AbortSignal): Promise<Failure | undefined> {
    try {
      await this.cgroups.make(plan);
    } catch (error) {
      return {
        error: 'ResourceInitializationError',
        message: `unable to create the task's cgroup: ${errorText(error)}`,
      };
    }
    for (const volume of plan.volumes) {
      const failure = volume.kind === 'docker' ? await this.makeVolume(plan, volume, signal) : undefined;
      if (failure) return failure;
    }
    try {
      await this.ensurePause(plan, signal);
      return undefined;
    } catch (error) {
      if (!isRefused(error)) throw error;
      return { error: 'ResourceInitializationError', message: `unable to share namespaces: ${error.message}` };
    }
  }

  /** Starts the task's pause container unless it runs, or the task has none. @throws EngineError */
  async ensurePause(plan: TaskPlan, signal: AbortSignal): Promise<void> {
    if (plan.pauseName !== undefined) await this.runPause(plan, plan.pauseName, signal);
  }

  /** The namespaces go when the last container has stopped. */
  async removePause(plan: TaskPlan): Promise<void> {
    if (plan.pauseName !== undefined) await this.engine.remove(plan.pauseName);
  }

  /** Removes everything that was made for the task, its containers first. A second time there is nothing left. */
  async release(plan: TaskPlan): Promise<void> {
    const ofTask = [`${INSTANCE_LABEL}=${this.instance}`, `${TASK_LABEL}=${plan.item.task}`];
    for (const { Id } of await this.engine.list(ofTask)) await this.engine.remove(Id);
    for (const volume of plan.volumes) {
      // Without a list of all volumes, which waits for every volume driver of the host.
      if (volume.kind === 'docker' && volume.scope === 'task') await this.engine.removeVolume(volume.dockerName);
    }
    await this.cgroups.remove(plan);
  }

  /** Shared volumes outlive the task: they bear the instance's label alone. */
  private async makeVolume(plan: TaskPlan, volume: DockerVolume, signal: AbortSignal): Promise<Failure | undefined> {
    const { dockerName: name, driver, driverOpts } = volume;
    const own = volume.scope === 'task' ? taskLabels(this.instance, plan) : { [INSTANCE_LABEL]: this.instance };
    const existing = await this.engine.volume(name);
    if (existing) {
      if (existing.driver === driver) return undefined;
      return cannotCreate(`Volume ${name} exists with driver ${existing.driver}, not ${driver}.`);
    }
    if (!volume.autoprovision) return cannotCreate(`Volume ${name} does not exist, and autoprovision is off.`);
    try {
      await this.engine.createVolume({ name, driver, driverOpts, labels: { ...volume.labels, ...own } }, signal);
      return undefined;
    } catch (error) {
      if (!isRefused(error)) throw error;
      return cannotCreate(error.message);
    }
  }

  private async runPause(plan: TaskPlan, name: string, signal: AbortSignal): Promise<void> {
    const existing = await this.engine.inspect(name);
    if (existing?.State.Running) return;
    await this.makePauseImage(signal);
    const id = existing?.Id ?? (await this.engine.create(name, this.pauseBody(plan), signal));
    await this.engine.start(id, signal);
  }

  private pauseBody(plan: TaskPlan): Parameters<ContainerEngine['create']>[1] {
    const parent = this.cgroups.parentOf(plan);
    return {
      Image: this.options.pauseImage ?? PAUSE_IMAGE,
      ...(this.options.pauseImage === undefined && { Entrypoint: [PAUSE_COMMAND] }),
      Env: [],
      Healthcheck: { Test: ['NONE'] },
      Labels: pauseLabels(this.instance, plan),
      HostConfig: {
        CpuShares: 2,
        NetworkMode: 'none',
        ...(plan.ipcMode === 'task' && { IpcMode: 'shareable' }),
        ...(parent && { CgroupParent: parent }),
      },
    };
  }

  private async makePauseImage(signal: AbortSignal): Promise<void> {
    const name = this.options.pauseImage ?? PAUSE_IMAGE;
    if (await this.engine.image(name)) return;
    if (this.options.pauseImage === undefined) await this.engine.importImage(name, Buffer.from(pauseArchive()));
    else await this.engine.pull(name, { signal, inactivityMs: this.options.pullInactivityMs });
  }
}

function cannotCreate(message: string): Failure {
  return { error: 'CannotCreateVolumeError', message };
}

function isRefused(error: unknown): error is EngineError {
  return error instanceof EngineError && error.kind !== 'unreachable' && error.kind !== 'timeout';
}
