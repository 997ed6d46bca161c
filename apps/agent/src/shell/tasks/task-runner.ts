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
 * One task on this host, from its first sight to its clean-up. It looks at everything known, takes the next step of each
 * container, and looks again; whatever happens (a step ended, Docker told of a change, the control plane wants something
 * else) only leads to another look.
 */
export class TaskRunner {
  private facts: TaskFacts;
  private wanted: DesiredStatus;
  private item: WorkItem;
  private stoppedAt: EpochMs | undefined;
  private stopAcknowledged: boolean;
  private said: TaskReport | undefined;
  private readonly inFlight = new Set<string>();
  private readonly refreshing = new Map<string, 'once' | 'again'>();
  /** How often what Docker says of a container was written down. */
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

  /** Since when the task is over, once the control plane knows that it is. */
  get overSince(): EpochMs | undefined {
    return this.stopAcknowledged ? this.stoppedAt : undefined;
  }

  /** The task's service, unique over all clusters. */
  get service(): string | undefined {
    return this.item.service === undefined ? undefined : `${this.item.cluster}/${this.item.service}`;
  }

  get view(): TaskView {
    const desired = desiredStatus(this.facts, this.wanted);
    return { plan: this.plan, facts: this.facts, desired, report: taskReport(this.plan, this.facts, desired) };
  }

  /** Takes the containers that an earlier life of the agent made, and begins. */
  begin(found: readonly Found[]): void {
    for (const { container, observed } of found) this.know(container, { observed });
    for (const { name } of this.plan.containers) {
      const isThere = found.some(({ container }) => container === name);
      const { observed } = factsOf(this.facts, name);
      if (observed && !isThere) this.know(name, { observed: observeGone(observed) });
    }
    this.look();
  }

  /** What the control plane says of the task now. */
  wants(item: WorkItem): void {
    this.item = item;
    this.want(item.desiredStatus);
    // The books are behind although they answered everything: say it once more.
    if (this.said && isForward(item.lastStatus, this.said.lastStatus)) this.parts.reporter.submit(this.said);
  }

  /** The books know the task no more, or know it STOPPED. */
  unwanted(): void {
    this.stopAcknowledged = this.stopAcknowledged || this.stoppedAt !== undefined;
    this.want('STOPPED');
  }

  private want(desired: DesiredStatus): void {
    // Never back: a task is one-shot.
    if (desired === 'RUNNING' || this.wanted === 'STOPPED') return;
    this.wanted = desired;
    this.save();
    this.look();
  }

  /** Docker told of a change, or may have forgotten to. */
  changed(container: string): void {
    if (this.signals.closing.aborted || !this.plan.containers.some(({ name }) => name === container)) return;
    if (this.refreshing.has(container)) this.refreshing.set(container, 'again');
    else void this.refresh(container);
  }

  /** Docker started a container. A start that was abandoned may have ended late, after the task stopped. */
  started(container: string): void {
    if (this.signals.stop.aborted) this.changed(container);
  }

  acknowledged(report: TaskReport): void {
    if (report.lastStatus !== 'STOPPED' || this.stopAcknowledged) return;
    this.stopAcknowledged = true;
    this.save();
  }

  /** Does nothing more; steps under way end by themselves. */
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
      // What a start wrote down meanwhile is newer than this answer.
      if (this.observations.get(container) !== before) this.refreshing.set(container, 'again');
      else if (inspect) this.know(container, { observed: observe(inspect) });
      else if (observed) this.know(container, { observed: observeGone(observed) });
    } catch (error) {
      // Docker is away: when it is back, all containers are looked at.
      this.logger.debug({ err: error, container }, 'The container could not be inspected.');
    }
    const again = this.refreshing.get(container) === 'again';
    this.refreshing.delete(container);
    if (again) this.changed(container);
    this.look();
  }

  private know(container: string, news: Partial<ContainerFacts>): void {
    if (news.observed) this.observations.set(container, (this.observations.get(container) ?? 0) + 1);
    const containers = new Map(this.facts.containers);
    containers.set(container, { ...factsOf(this.facts, container), ...news });
    this.facts = { ...this.facts, containers };
  }

  /** The whole of it: settle what is known, say it, do what comes next. */
  private look(): void {
    if (this.signals.closing.aborted) return;
    const before = this.facts.stop;
    this.facts = settled(this.plan, this.facts, this.wanted);
    if (this.facts.stop && !before) this.logger.info(this.facts.stop, 'The task ends.');
    const desired = desiredStatus(this.facts, this.wanted);
    if (desired === 'STOPPED') this.signals.stopNow();
    const { admit, prepare, steps, wakeAt } = taskSteps(this.plan, this.facts, desired, this.parts.now());
    // Not names of containers.
    if (admit) this.once('/admit', () => this.admit());
    if (prepare) this.once('/prepare', () => this.prepare());
    for (const { container, step } of steps) this.once(container.name, () => this.perform(container, step));
    this.say(desired);
    clearTimeout(this.wakeTimer);
    if (wakeAt !== undefined) this.wakeTimer = setTimeout(() => this.look(), Math.max(1, wakeAt - this.parts.now()));
  }

  /** One step of a container at a time. Steps answer with failures; what they throw is a bug and ends the process. */
  private once(key: string, operation: () => Promise<void>): void {
    if (this.inFlight.has(key)) return;
    this.inFlight.add(key);
    void operation().finally(() => {
      this.inFlight.delete(key);
      this.look();
    });
  }

  private say(desired: DesiredStatus): void {
    const report: TaskReport = taskReport(this.plan, this.facts, desired);
    if (report.lastStatus !== 'PENDING') this.parts.startGuard.ended(this.task);
    // A container that runs late is stopped, and the task stays STOPPED.
    if (this.stoppedAt !== undefined && report.lastStatus !== 'STOPPED') return;
    if (!isNews(this.said, report) || (report.lastStatus === 'STOPPED' && this.stopAcknowledged)) return;
    if (report.lastStatus === 'STOPPED') this.stopped();
    if (report.lastStatus === 'STOPPED' && (this.said?.lastStatus ?? 'PENDING') === 'PENDING') {
      const missed = missedRunning(this.plan, this.facts);
      if (missed) this.parts.reporter.submit(missed);
    }
    this.said = report;
    this.save();
    this.parts.reporter.submit(report);
  }

  private stopped(): void {
    if (this.stoppedAt !== undefined) return;
    this.stoppedAt = this.parts.now();
    this.parts.resources.removePause(this.plan).catch((error: unknown) => {
      this.logger.warn({ err: error }, 'The pause container is left to the clean-up.');
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
      this.logger.error({ err: error }, 'The task could not be written to disk.');
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
        this.know(container.name, { failure: step.because });
    }
  }

  private async pull(container: ContainerPlan): Promise<void> {
    this.facts = { ...this.facts, pullStartedAt: this.facts.pullStartedAt ?? this.parts.now() };
    const outcome = await this.parts.steps.pull(container, this.signals);
    if ('done' in outcome) this.know(container.name, { image: outcome.done });
    else if ('failure' in outcome) this.know(container.name, { failure: outcome.failure });
    this.facts = { ...this.facts, pullStoppedAt: this.parts.now() };
  }

  private async create(container: ContainerPlan): Promise<void> {
    this.know(container.name, { busy: true });
    const outcome = await this.parts.steps.create(this.plan, container, this.signals);
    this.know(container.name, { busy: false, ...learnt(outcome) });
  }

  private async start(container: ContainerPlan): Promise<void> {
    const { name } = container;
    const containerId = factsOf(this.facts, name).observed?.containerId ?? '';
    this.know(name, { busy: true });
    const outcome = await this.parts.steps.start(this.plan, container, { containerId, signals: this.signals });
    this.know(name, { busy: false, ...learnt(outcome) });
  }

  private async restart(container: ContainerPlan): Promise<void> {
    this.know(container.name, { restarts: factsOf(this.facts, container.name).restarts + 1 });
    this.save();
    await this.start(container);
  }

  private async stop({ name }: ContainerPlan, graceMs: number): Promise<void> {
    const id = factsOf(this.facts, name).observed?.containerId ?? '';
    await this.parts.steps.stop(id, graceMs, this.signals.closing, (error) => {
      this.logger.warn({ err: error, container: name }, 'The container could not be stopped yet.');
    });
    await this.refresh(name);
  }
}

function learnt(outcome: Outcome<Observed>): Partial<ContainerFacts> {
  if ('done' in outcome) return { observed: outcome.done };
  return 'failure' in outcome ? { failure: outcome.failure } : {};
}
