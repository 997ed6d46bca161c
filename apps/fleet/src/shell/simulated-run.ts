import type { RegisteredDefinition, TaskReport, WorkItem } from '@stowage/domain';
import type { TaskCourse } from '../core/randomness';
import {
  hasUnpullableImage,
  ESSENTIAL_EXITED,
  exitsAtOnce,
  type NextPort,
  type StopCause,
  PULL_FAILED,
  runningReport,
  stoppedReport,
  TERMINATED_EXIT_CODE,
} from '../core/simulated-task';
import type { Counters } from './counters';

/** Interface of a simulated task to its agent. */
export interface RunContext {
  readonly course: TaskCourse;
  readonly counters: Counters;
  readonly nextPort: NextPort;
  readonly definition: () => Promise<RegisteredDefinition | undefined>;
  /** Resolves when the report is acknowledged, or when it will never be. */
  readonly report: (report: Omit<TaskReport, 'seen'>) => Promise<void>;
}

type Phase = 'starting' | 'running' | 'stopping';
/** Delay before a task definition that the manager does not have yet is requested again. */
const DEFINITION_RETRY_MS = 500;

/** One task in a simulated container runtime, from its start to its end. */
export class SimulatedRun {
  private phase: Phase | undefined;
  private timer: NodeJS.Timeout | undefined;
  private over = false;

  constructor(
    private item: WorkItem,
    private readonly context: RunContext,
  ) {}

  /** Starts the task, or continues it from the state in which an earlier process of the fleet left it. */
  begin(): void {
    if (this.item.desiredStatus === 'STOPPED') return this.stop(this.item);
    if (this.item.lastStatus === 'RUNNING') return this.hasStarted();
    this.enter('starting');
    this.after(this.context.course.startMs, () => this.started());
  }

  /** Stops the task. Further calls have no effect. */
  stop(item: WorkItem): void {
    if (this.over || this.phase === 'stopping') return;
    this.item = item;
    const exitCode = this.phase === 'running' || item.lastStatus === 'RUNNING' ? TERMINATED_EXIT_CODE : undefined;
    this.enter('stopping');
    this.after(this.context.course.stopMs, () => this.end(stoppedReport(this.item, undefined, exitCode)));
  }

  /** Ends the simulation of the task without a report: the fleet closes, or the task is no longer listed. */
  abandon(): void {
    clearTimeout(this.timer);
    this.over = true;
    this.enter(undefined);
  }

  private async started(): Promise<void> {
    if (this.context.course.ending.kind === 'pull-fails') return this.fails(PULL_FAILED);
    const definition = await this.context.definition();
    if (this.phase !== 'starting') return;
    if (!definition) {
      this.after(DEFINITION_RETRY_MS, () => this.started());
      return;
    }
    if (hasUnpullableImage(definition)) return this.fails(PULL_FAILED);
    this.context.counters.started += 1;
    this.hasStarted();
    await this.context.report(runningReport(this.item, definition, this.context.nextPort));
    if (exitsAtOnce(definition) && !this.over) this.after(0, () => this.fails(ESSENTIAL_EXITED, 1));
  }

  private hasStarted(): void {
    this.enter('running');
    const { ending } = this.context.course;
    if (ending.kind === 'exits') this.after(ending.afterMs, () => this.fails(ESSENTIAL_EXITED, ending.exitCode));
  }

  private fails(end: StopCause, exitCode?: number): Promise<void> {
    if (exitCode !== 0) this.context.counters.failed += 1;
    return this.end(stoppedReport(this.item, end, exitCode));
  }

  private async end(report: Omit<TaskReport, 'seen'>): Promise<void> {
    this.over = true;
    this.enter(undefined);
    this.context.counters.stopped += 1;
    await this.context.report(report);
  }

  private after(ms: number, next: () => void | Promise<void>): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void next(), ms);
  }

  private enter(phase: Phase | undefined): void {
    if (this.phase) this.context.counters[this.phase] -= 1;
    this.phase = phase;
    if (phase) this.context.counters[phase] += 1;
  }
}
