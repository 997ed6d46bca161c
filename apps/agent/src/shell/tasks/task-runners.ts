import { createHash } from 'node:crypto';
import { errorText, Semaphore } from '@stowage/concurrency';
import type { InstanceId, RegisteredDefinition, TaskId, WorkItem } from '@stowage/domain';
import type { ContainerSummary } from '../../core/containers/docker-json';
import { factsOf } from '../../core/containers/facts';
import { INSTANCE_LABEL, type Labelled, readLabels, TASK_LABEL } from '../../core/containers/labels';
import { created, type Observed, observe } from '../../core/containers/observe';
import { planTask } from '../../core/tasks/task-plan';
import { NOTHING_DONE, readRecord, storedFacts, type TaskRecord } from '../../core/tasks/task-record';
import { EngineError } from '../containers/container-engine';
import type { TaskDefinitions } from '../control-plane/task-definitions';
import { type Found, type RunnerParts, taskDocument } from './runner-parts';
import { TaskRunner } from './task-runner';

export interface RunnersSettings {
  readonly instance: InstanceId;
  readonly defaultStopTimeoutMs: number;
}

const TASKS_FOLDER = 'tasks';
/** Number of concurrent inspections when the agent searches for the containers of an earlier process. */
const INSPECTIONS_MAX = 32;
const REMOVALS_MAX = 4;

/**
 * The runners of all tasks of this instance. They are created from the work list and from the state of an earlier
 * process.
 */
export class TaskRunners {
  private readonly runners = new Map<TaskId, TaskRunner>();
  private readonly beginning = new Set<TaskId>();

  constructor(
    private readonly definitions: TaskDefinitions,
    private readonly parts: RunnerParts,
    private readonly settings: RunnersSettings,
  ) {
    parts.reporter.whenAcknowledged((report) => this.runners.get(report.task)?.acknowledged(report));
  }

  get(task: TaskId): TaskRunner | undefined {
    return this.runners.get(task);
  }

  all(): readonly TaskRunner[] {
    return [...this.runners.values()];
  }

  /**
   * Restores the runners from disk and from Docker, before the control plane is reached.
   * @throws EngineError if Docker does not list or inspect the containers.
   */
  async adopt(): Promise<void> {
    const found = await this.findContainers();
    for (const document of await this.parts.store.list(TASKS_FOLDER)) {
      const record = readRecord(await this.parts.store.read(document));
      if (!record) {
        this.parts.logger.error({ document }, 'A stored task cannot be read; the next work list contains it again.');
        continue;
      }
      if (!this.runners.has(record.item.task)) this.adoptTask(record, found.get(record.item.task) ?? []);
    }
  }

  /**
   * Begins a stored task. A failure is logged, so that a task that this version cannot run does not stop the others.
   */
  private adoptTask(record: TaskRecord, found: readonly Found[]): void {
    try {
      this.begin(record, found);
    } catch (error) {
      this.parts.logger.error({ task: record.item.task, err: error }, 'A stored task cannot be adopted.');
    }
  }

  /**
   * Makes the tasks match a work list, which must not be older than the highest position seen. Resolves with true if
   * all tasks have begun.
   */
  async match(tasks: readonly WorkItem[]): Promise<boolean> {
    const listed = new Set(tasks.map(({ task }) => task));
    for (const runner of this.runners.values()) if (!listed.has(runner.task)) runner.unlisted();
    return (await Promise.all(tasks.map((item) => this.take(item)))).every((begun) => begun);
  }

  /**
   * Removes the containers of unknown tasks of this instance, which the control plane has already closed.
   * @throws the first error, after all removals were attempted.
   */
  async removeStrays(): Promise<void> {
    const permits = new Semaphore({ permits: REMOVALS_MAX });
    const removals = (await this.containers()).map(({ Id, Labels }) => permits.run(() => this.removeStray(Id, Labels)));
    const failed = (await Promise.allSettled(removals)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  private async removeStray(container: string, labels: ContainerSummary['Labels']): Promise<void> {
    const labelled = readLabels(labels);
    if (!labelled || this.runners.has(labelled.task) || this.beginning.has(labelled.task)) return;
    this.parts.logger.warn(
      { container, task: labelled.task },
      'Removes a container of a task that is not in the work list.',
    );
    await this.parts.engine.remove(container);
  }

  /**
   * Inspects each container whose state in Docker differs from the known state, in case events were lost. For a stopped
   * task it inspects only running containers, because a container may have started late.
   */
  async resync(): Promise<void> {
    const states = new Map((await this.containers()).map(({ Id, State }) => [Id, State]));
    for (const runner of this.runners.values()) {
      const { plan, facts } = runner.view;
      for (const { name } of plan.containers) {
        const { observed } = factsOf(facts, name);
        const state = observed && states.get(observed.containerId);
        const isNew = runner.overSince === undefined ? state !== observed?.state : state === 'running';
        if (isNew) runner.changed(name);
      }
    }
  }

  /** Inspects all containers of tasks that are not over, after an interruption of Docker's events. */
  refreshAll(): void {
    for (const runner of this.runners.values()) {
      if (runner.overSince !== undefined) continue;
      for (const { name } of runner.plan.containers) runner.changed(name);
    }
  }

  changed({ task, container }: Labelled): void {
    this.runners.get(task)?.changed(container);
  }

  started({ task, container }: Labelled): void {
    this.runners.get(task)?.started(container);
  }

  /** Drops the runner and the stored state of a task that is cleaned up. */
  async forget(task: TaskId): Promise<void> {
    this.runners.get(task)?.close();
    this.runners.delete(task);
    await this.parts.store.remove(taskDocument(task));
  }

  close(): void {
    for (const runner of this.runners.values()) runner.close();
  }

  private async take(item: WorkItem): Promise<boolean> {
    const runner = this.runners.get(item.task);
    if (runner) {
      runner.updateItem(item);
      return true;
    }
    this.beginning.add(item.task);
    try {
      const definition = await this.definitions.get(item.taskDefinition);
      this.begin(newRecord(item, definition), await this.findContainersOf(item));
      return true;
    } catch (error) {
      this.parts.logger.warn({ task: item.task, reason: errorText(error) }, 'Failed to begin the task; will retry.');
      return false;
    } finally {
      this.beginning.delete(item.task);
    }
  }

  private begin(record: TaskRecord, found: readonly Found[]): void {
    const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
    const { defaultStopTimeoutMs } = this.settings;
    const plan = planTask(record.item, record.definition, { defaultStopTimeoutMs, digest });
    const runner = new TaskRunner(plan, record, this.parts);
    this.runners.set(record.item.task, runner);
    runner.begin(found);
  }

  private containers(...labels: readonly string[]): Promise<readonly ContainerSummary[]> {
    return this.parts.engine.list([`${INSTANCE_LABEL}=${this.settings.instance}`, ...labels]);
  }

  private async findContainers(...labels: readonly string[]): Promise<ReadonlyMap<TaskId, readonly Found[]>> {
    const permits = new Semaphore({ permits: INSPECTIONS_MAX });
    const listed = (await this.containers(...labels)).flatMap(({ Id, Labels }) => {
      const labelled = readLabels(Labels);
      return labelled?.role === 'container' ? [{ containerId: Id, ...labelled }] : [];
    });
    const found = new Map<TaskId, Found[]>();
    const inspections = listed.map(async ({ task, container, containerId }) => {
      const observed = await permits.run(() => this.observed(containerId));
      if (observed) found.set(task, [...(found.get(task) ?? []), { container, observed }]);
    });
    await Promise.all(inspections);
    return found;
  }

  /**
   * Resolves with undefined if the container is gone. The inspection of a container that hangs in its start times out.
   * Such a container must not block the others, so it counts as created until a resync reports its state.
   */
  private async observed(containerId: string): Promise<Observed | undefined> {
    try {
      const inspect = await this.parts.engine.inspect(containerId);
      return inspect && observe(inspect);
    } catch (error) {
      if (!(error instanceof EngineError) || error.kind !== 'timeout') throw error;
      this.parts.logger.warn(
        { container: containerId },
        'Docker does not answer for a container; it counts as created.',
      );
      return created(containerId);
    }
  }

  /**
   * Finds the containers of a task that is new to this agent but already reported to the control plane, which means
   * that the disk was lost. A task without a report is not searched for. If it has containers, creating them again
   * finds them by their names.
   */
  private async findContainersOf({ task, desiredStatus, lastStatus }: WorkItem): Promise<readonly Found[]> {
    if (desiredStatus === 'RUNNING' && lastStatus === 'PENDING') return [];
    return (await this.findContainers(`${TASK_LABEL}=${task}`)).get(task) ?? [];
  }
}

function newRecord(item: WorkItem, definition: RegisteredDefinition | undefined): TaskRecord {
  const facts = storedFacts(NOTHING_DONE);
  if (definition) return { version: 1, item, definition, facts, stopAcknowledged: false };
  const { family, revision } = item.taskDefinition;
  const message = `unable to find the task definition ${family}:${String(revision)}`;
  return {
    version: 1,
    item,
    definition: { family, containerDefinitions: [] },
    facts: { ...facts, failure: { error: 'ResourceInitializationError', message } },
    stopAcknowledged: false,
  };
}
