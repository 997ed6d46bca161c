import { type DomainEvent, type EpochMs, type ReadonlyClusterState, serviceKey, type Task } from '@stowage/domain';

/** A task without a check that has been RUNNING for this time has not failed when it ends. */
const PROVEN_AFTER_MS = 40_000;
/** The backoff lets a deployment fail at once three times, then after 10, 20, 40, 80 and 160 seconds. */
const FAILURES_MAX = 10;
const WINDOW_MS = 5 * 60_000;

/**
 * Finds services that start failing tasks in a loop without backoff. Tasks of one deployment that fail together count
 * once. A task that becomes healthy resets the count. The count follows from the records, not from the fold's counters.
 */
export class BusyLoops {
  /** Times of the newest failures, by deployment. */
  private readonly failures = new Map<string, readonly EpochMs[]>();

  /** Returns a sentence for each violation. `state` is the state before the event. */
  take(event: DomainEvent, state: ReadonlyClusterState, at: EpochMs): readonly string[] {
    switch (event.type) {
      case 'DeploymentStarted':
      case 'DeploymentCompleted':
        this.failures.delete(event.deployment);
        return [];
      case 'SteadyStateReached':
        for (const { id } of state.services.get(serviceKey(event.cluster, event.service))?.deployments ?? []) {
          this.failures.delete(id);
        }
        return [];
      case 'TaskProgressed':
        if (event.containers.some(({ healthStatus }) => healthStatus === 'HEALTHY'))
          this.isWell(state.tasks.get(event.task));
        return [];
      case 'TargetHealthChanged':
        for (const { task, health } of event.targets) {
          if (task && health.state === 'healthy') this.isWell(state.tasks.get(task));
        }
        return [];
      case 'TaskStopped':
        return this.ended(state.tasks.get(event.task), event, at);
      default:
        return [];
    }
  }

  private isWell(task: Task | undefined): void {
    if (task?.service) this.failures.delete(task.service.deployment);
  }

  private ended(
    task: Task | undefined,
    { stopCode }: Extract<DomainEvent, { readonly type: 'TaskStopped' }>,
    at: EpochMs,
  ): readonly string[] {
    const isItself = stopCode === 'TaskFailedToStart' || stopCode === 'EssentialContainerExited';
    if (!task?.service || task.desiredStatus === 'STOPPED' || !isItself) return [];
    const { deployment, name } = task.service;
    if (task.startedAt !== undefined && at - task.startedAt >= PROVEN_AFTER_MS) this.failures.delete(deployment);
    else if (task.healthStatus !== 'HEALTHY') return this.failed(task, { deployment, name }, at);
    return [];
  }

  private failed(task: Task, { deployment, name }: NonNullable<Task['service']>, at: EpochMs): readonly string[] {
    const before = this.failures.get(deployment) ?? [];
    if (task.createdAt <= (before.at(-1) ?? 0)) return [];
    const failures = [...before.filter((each) => each > at - WINDOW_MS), at];
    this.failures.set(deployment, failures);
    return failures.length > FAILURES_MAX
      ? [`${name} has started tasks that fail ${String(failures.length)} times in ${String(WINDOW_MS / 1_000)} s`]
      : [];
  }
}
