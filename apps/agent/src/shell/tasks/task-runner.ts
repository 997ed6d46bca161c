import {
  type DesiredStatus,
  type EpochMs,
  isForward,
  type TaskId,
  type TaskReport,
  type WorkItem,
} from '@stowage/domain';
import type { Logger } from 'pino';
import { type ContainerFacts, factsOf, type TaskFacts } from '../../core/containers/facts';
import type { TaskView } from '../../core/tasks/metadata';
import { isNews } from '../../core/control-plane/newest-report';
import type { Step } from '../../core/tasks/next-step';
import { observe, type Observed, observeGone } from '../../core/containers/observe';
import type { ContainerPlan, TaskPlan } from '../../core/tasks/task-plan';
import { missedRunning, taskReport } from '../../core/tasks/task-progress';
import { restoredFacts, storedFacts, type TaskRecord } from '../../core/tasks/task-record';
import { desiredStatus, settled, taskSteps } from '../../core/tasks/task-steps';
import type { Outcome } from '../containers/container-steps';
import { type Found, type RunnerParts, taskDocument } from './runner-parts';
import { TaskSignals } from './task-signals';

/**
 * Runs one task on this host until its clean-up. Each reconcile pass compares the known facts with the desired status
 * and begins the next step of each container. Every change (a step ended, Docker sent an event, the control plane
 * changed the desired status) leads to another pass.
 */
export class TaskRunner {
  private facts: TaskFacts;
  private wanted: DesiredStatus;
  private item: WorkItem;
  private stoppedAt: EpochMs | undefined;
  private stopAcknowledged: boolean;
  private lastSent: TaskReport | undefined;
  private readonly inFlight = new Set<string>();
  private readonly refreshing = new Map<string, 'once' | 'again'>();
  /** Number of observations per container. A refresh discards its answer if a newer one was recorded meanwhile. */
  private readonly observations = new Map<string, number>();
  private readonly signals: TaskSignals;
  private wakeTimer: NodeJS.Timeout | undefined;
  private readonly logger: Logger;

  constructor(
    readonly plan: TaskPlan,
    private readonly record: TaskRecord,
    private readonly parts: RunnerParts,
  ) {
    this.facts = restoredFacts(record.facts);
    this.item = record.item;
    this.wanted = record.item.desiredStatus;
    this.stoppedAt = record.stoppedAt;
    this.stopAcknowledged = record.stopAcknowledged;
    this.logger = parts.logger.child({ task: record.item.task });
    this.signals = new TaskSignals(parts.abandonMs);
  }

  get task(): TaskId {
    return this.item.task;
  }

  /** Time at which the task stopped. Undefined until the control plane has acknowledged the stop. */
  get overSince(): EpochMs | undefined {
    return this.stopAcknowledged ? this.stoppedAt : undefined;
  }

  /** Key of the task's service, unique over all clusters. */
  get service(): string | undefined {
    return this.item.service === undefined ? undefined : `${this.item.cluster}/${this.item.service}`;
  }

  get view(): TaskView {
    const desired = desiredStatus(this.facts, this.wanted);
    return { plan: this.plan, facts: this.facts, desired, report: taskReport(this.plan, this.facts, desired) };
  }

  /** Adopts the containers that an earlier process of the agent created, and begins to reconcile. */
  begin(found: readonly Found[]): void {
    for (const { container, observed } of found) this.updateFacts(container, { observed });
    for (const { name } of this.plan.containers) {
      const isThere = found.some(({ container }) => container === name);
      const { observed } = factsOf(this.facts, name);
      if (observed && !isThere) this.updateFacts(name, { observed: observeGone(observed) });
    }
    this.reconcile();
  }

  /** Applies the current work item of the task. */
  updateItem(item: WorkItem): void {
    this.item = item;
    this.setDesired(item.desiredStatus);
    // The control plane acknowledged our report but its state is behind; resend it.
    const { lastSent } = this;
    if (lastSent && isForward(item.lastStatus, lastSent.lastStatus)) this.parts.reporter.submit(lastSent);
  }

  /** Stops the task, which is not in the work list: the control plane has closed it or recorded it as STOPPED. */
  unlisted(): void {
    this.stopAcknowledged = this.stopAcknowledged || this.stoppedAt !== undefined;
    this.setDesired('STOPPED');
  }

  private setDesired(desired: DesiredStatus): void {
    // A stopped task never runs again.
    if (desired === 'RUNNING' || this.wanted === 'STOPPED') return;
    this.wanted = desired;
    this.save();
    this.reconcile();
  }

  /** Inspects a container whose state may have changed. */
  changed(container: string): void {
    if (this.signals.closing.aborted || !this.plan.containers.some(({ name }) => name === container)) return;
    if (this.refreshing.has(container)) this.refreshing.set(container, 'again');
    else void this.refresh(container);
  }

  /** Handles Docker's start event. A start that was abandoned may complete late, after the task has stopped. */
  started(container: string): void {
    if (this.signals.stop.aborted) this.changed(container);
  }

  acknowledged(report: TaskReport): void {
    if (report.lastStatus !== 'STOPPED' || this.stopAcknowledged) return;
    this.stopAcknowledged = true;
    this.save();
  }

  /** Starts no further steps. The current ones end on their own. */
  close(): void {
    clearTimeout(this.wakeTimer);
    this.signals.close();
  }

  private async refresh(container: string): Promise<void> {
    this.refreshing.set(container, 'once');
    const { observed } = factsOf(this.facts, container);
    const before = this.observations.get(container);
    try {
      const inspect = observed && (await this.parts.engine.inspect(observed.containerId));
      // An observation by a start that ended meanwhile is newer than this answer.
      if (this.observations.get(container) !== before) this.refreshing.set(container, 'again');
      else if (inspect) this.updateFacts(container, { observed: observe(inspect) });
      else if (observed) this.updateFacts(container, { observed: observeGone(observed) });
    } catch (error) {
      // All containers are inspected when Docker is reachable again.
      this.logger.debug({ err: error, container }, 'Failed to inspect the container.');
    }
    const again = this.refreshing.get(container) === 'again';
    this.refreshing.delete(container);
    if (again) this.changed(container);
    this.reconcile();
  }

  private updateFacts(container: string, changes: Partial<ContainerFacts>): void {
    if (changes.observed) this.observations.set(container, (this.observations.get(container) ?? 0) + 1);
    const containers = new Map(this.facts.containers);
    containers.set(container, { ...factsOf(this.facts, container), ...changes });
    this.facts = { ...this.facts, containers };
  }

  /** One reconcile pass: settles the facts, begins the next steps and reports the status. */
  private reconcile(): void {
    if (this.signals.closing.aborted) return;
    const before = this.facts.stop;
    this.facts = settled(this.plan, this.facts, this.wanted);
    if (this.facts.stop && !before) this.logger.info(this.facts.stop, 'The task ends.');
    const desired = desiredStatus(this.facts, this.wanted);
    if (desired === 'STOPPED') this.signals.stopNow();
    const { admit, prepare, steps, wakeAt } = taskSteps(this.plan, this.facts, desired, this.parts.now());
    // These keys cannot collide with names of containers.
    if (admit) this.once('/admit', () => this.admit());
    if (prepare) this.once('/prepare', () => this.prepare());
    for (const { container, step } of steps) this.once(container.name, () => this.perform(container, step));
    this.reportStatus(desired);
    clearTimeout(this.wakeTimer);
    if (wakeAt === undefined) return;
    this.wakeTimer = setTimeout(() => this.reconcile(), Math.max(1, wakeAt - this.parts.now()));
  }

  /** Runs one step per key at a time. Steps return failures; an error that one throws is a bug and ends the process. */
  private once(key: string, operation: () => Promise<void>): void {
    if (this.inFlight.has(key)) return;
    this.inFlight.add(key);
    void operation().finally(() => {
      this.inFlight.delete(key);
      this.reconcile();
    });
  }

  private reportStatus(desired: DesiredStatus): void {
    const report: TaskReport = taskReport(this.plan, this.facts, desired);
    if (report.lastStatus !== 'PENDING') this.parts.startGuard.ended(this.task);
    // A container that starts late is stopped, and the task stays STOPPED.
    if (this.stoppedAt !== undefined && report.lastStatus !== 'STOPPED') return;
    if (!isNews(this.lastSent, report) || (report.lastStatus === 'STOPPED' && this.stopAcknowledged)) return;
    if (report.lastStatus === 'STOPPED') this.stopped();
    if (report.lastStatus === 'STOPPED' && (this.lastSent?.lastStatus ?? 'PENDING') === 'PENDING') {
      const missed = missedRunning(this.plan, this.facts);
      if (missed) this.parts.reporter.submit(missed);
    }
    this.lastSent = report;
    this.save();
    this.parts.reporter.submit(report);
  }

  private stopped(): void {
    if (this.stoppedAt !== undefined) return;
    this.stoppedAt = this.parts.now();
    this.parts.resources.removePause(this.plan).catch((error: unknown) => {
      this.logger.warn({ err: error }, 'Failed to remove the pause container; the clean-up removes it.');
    });
  }

  private save(): void {
    const record: TaskRecord = {
      ...this.record,
      item: { ...this.item, desiredStatus: this.wanted },
      facts: storedFacts(this.facts),
      ...(this.stoppedAt !== undefined && { stoppedAt: this.stoppedAt }),
      stopAcknowledged: this.stopAcknowledged,
    };
    this.parts.store.write(taskDocument(this.task), record).catch((error: unknown) => {
      this.logger.error({ err: error }, 'Failed to write the task to disk.');
    });
  }

  private async admit(): Promise<void> {
    const failure = await this.parts.startGuard.begin(this.task, this.signals.stop);
    this.facts = failure ? { ...this.facts, failure } : { ...this.facts, admitted: true };
  }

  private async prepare(): Promise<void> {
    const outcome = await this.parts.steps.prepare(this.plan, this.signals);
    if ('done' in outcome) this.facts = { ...this.facts, prepared: true };
    else if ('failure' in outcome) this.facts = { ...this.facts, failure: outcome.failure };
  }

  private async perform(container: ContainerPlan, step: Step): Promise<void> {
    switch (step.do) {
      case 'pull':
        return this.pull(container);
      case 'create':
        return this.create(container);
      case 'start':
        return this.start(container);
      case 'restart':
        return this.restart(container);
      case 'stop':
        return this.stop(container, step.graceMs);
      case 'give-up':
        this.updateFacts(container.name, { failure: step.because });
    }
  }

  private async pull(container: ContainerPlan): Promise<void> {
    this.facts = { ...this.facts, pullStartedAt: this.facts.pullStartedAt ?? this.parts.now() };
    const outcome = await this.parts.steps.pull(container, this.signals);
    if ('done' in outcome) this.updateFacts(container.name, { image: outcome.done });
    else if ('failure' in outcome) this.updateFacts(container.name, { failure: outcome.failure });
    this.facts = { ...this.facts, pullStoppedAt: this.parts.now() };
  }

  private async create(container: ContainerPlan): Promise<void> {
    this.updateFacts(container.name, { busy: true });
    const outcome = await this.parts.steps.create(this.plan, container, this.signals);
    this.updateFacts(container.name, { busy: false, ...factsOfOutcome(outcome) });
  }

  private async start(container: ContainerPlan): Promise<void> {
    const { name } = container;
    const containerId = factsOf(this.facts, name).observed?.containerId ?? '';
    this.updateFacts(name, { busy: true });
    const outcome = await this.parts.steps.start(this.plan, container, { containerId, signals: this.signals });
    this.updateFacts(name, { busy: false, ...factsOfOutcome(outcome) });
  }

  private async restart(container: ContainerPlan): Promise<void> {
    this.updateFacts(container.name, { restarts: factsOf(this.facts, container.name).restarts + 1 });
    this.save();
    await this.start(container);
  }

  private async stop({ name }: ContainerPlan, graceMs: number): Promise<void> {
    const id = factsOf(this.facts, name).observed?.containerId ?? '';
    await this.parts.steps.stop(id, graceMs, this.signals.closing, (error) => {
      this.logger.warn({ err: error, container: name }, 'Failed to stop the container; will retry.');
    });
    await this.refresh(name);
  }
}

function factsOfOutcome(outcome: Outcome<Observed>): Partial<ContainerFacts> {
  if ('done' in outcome) return { observed: outcome.done };
  return 'failure' in outcome ? { failure: outcome.failure } : {};
}
