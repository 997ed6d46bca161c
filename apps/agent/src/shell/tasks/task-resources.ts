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

/**
 * Resources that a task needs before its first container and that are removed after its last: volumes, a cgroup and
 * shared namespaces.
 */
export class TaskResources {
  constructor(
    private readonly engine: ContainerEngine,
    private readonly cgroups: TaskCgroups,
    private readonly instance: InstanceId,
    private readonly options: { readonly pauseImage?: string; readonly pullInactivityMs: number },
  ) {}

  /** Returns true if this machine supports shared namespaces. */
  canPause({ architecture }: EngineFacts): boolean {
    return this.options.pauseImage !== undefined || canMakePauseImage(architecture);
  }

  /**
   * Creates the missing resources of a task, and may be called again. Resolves with the reason if the task cannot have
   * them.
   * @throws EngineError if a later attempt may succeed.
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

  /**
   * Starts the task's pause container if it has one that does not run.
   * @throws EngineError if Docker rejects a request or does not answer.
   */
  async ensurePause(plan: TaskPlan, signal: AbortSignal): Promise<void> {
    if (plan.pauseName !== undefined) await this.runPause(plan, plan.pauseName, signal);
  }

  /** Removes the pause container, and with it the namespaces. Called when the last container has stopped. */
  async removePause(plan: TaskPlan): Promise<void> {
    if (plan.pauseName !== undefined) await this.engine.remove(plan.pauseName);
  }

  /** Removes the containers of the task, and then all its other resources. May be called again. */
  async release(plan: TaskPlan): Promise<void> {
    const ofTask = [`${INSTANCE_LABEL}=${this.instance}`, `${TASK_LABEL}=${plan.item.task}`];
    for (const { Id } of await this.engine.list(ofTask)) await this.engine.remove(Id);
    for (const volume of plan.volumes) {
      // Volumes are removed by name. A list of all volumes would wait for every volume driver of the host.
      if (volume.kind === 'docker' && volume.scope === 'task') await this.engine.removeVolume(volume.dockerName);
    }
    await this.cgroups.remove(plan);
  }

  /**
   * Creates a volume if it does not exist. Shared volumes outlive the task, so they have only the label of the
   * instance.
   */
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
