import type { RegisteredDefinition, TaskReport, WorkItem } from '@stowage/domain';
import type { Fate } from '../core/chance';
import {
  cannotBePulled,
  ESSENTIAL_EXITED,
  exitsAtOnce,
  type NextPort,
  type OwnEnd,
  PULL_FAILED,
  runningReport,
  stoppedReport,
  TERMINATED_EXIT_CODE,
} from '../core/simulated-task';
import type { Counters } from './counters';

/** What a simulated task needs of its agent. */
export interface RunContext {
  readonly fate: Fate;
  readonly counters: Counters;
  readonly nextPort: NextPort;
  readonly definition: () => Promise<RegisteredDefinition | undefined>;
  /** Resolves when the report is acknowledged, or will never be. */
  readonly report: (report: Omit<TaskReport, 'seen'>) => Promise<void>;
}

type Phase = 'starting' | 'running' | 'stopping';
/** A manager that does not know the definition yet is asked again after so long. */
const DEFINITION_RETRY_MS = 500;

/** One task in a simulated container runtime: from its start to its end, at its fate's pace. */
export class SimulatedRun {
  private phase: Phase | undefined;
  private timer: NodeJS.Timeout | undefined;
  private over = false;

  constructor(
    private item: WorkItem,
    private readonly context: RunContext,
  ) {}

  /** Starts it, or goes on where the books say that an earlier run of the fleet left it. */
  begin(): void {
    if (this.item.desiredStatus === 'STOPPED') return this.stop(this.item);
    if (this.item.lastStatus === 'RUNNING') return this.hasStarted();
    this.enter('starting');
    this.after(this.context.fate.startMs, () => this.started());
  }

  /** The books want it stopped. Again and again is once. */
  stop(item: WorkItem): void {
    if (this.over || this.phase === 'stopping') return;
    this.item = item;
    const exitCode = this.phase === 'running' || item.lastStatus === 'RUNNING' ? TERMINATED_EXIT_CODE : undefined;
    this.enter('stopping');
    this.after(this.context.fate.stopMs, () => this.end(stoppedReport(this.item, undefined, exitCode)));
  }

  /** Nothing more happens: the fleet ends, or the books know nothing of the task any more. */
  abandon(): void {
    clearTimeout(this.timer);
    this.over = true;
    this.enter(undefined);
  }

  private async started(): Promise<void> {
    if (this.context.fate.ending.kind === 'pull-fails') return this.fails(PULL_FAILED);
    const definition = await this.context.definition();
    if (this.phase !== 'starting') return;
    if (!definition) {
      this.after(DEFINITION_RETRY_MS, () => this.started());
      return;
    }
    if (cannotBePulled(definition)) return this.fails(PULL_FAILED);
    this.context.counters.started += 1;
    this.hasStarted();
    await this.context.report(runningReport(this.item, definition, this.context.nextPort));
    if (exitsAtOnce(definition) && !this.over) this.after(0, () => this.fails(ESSENTIAL_EXITED, 1));
  }

  private hasStarted(): void {
    this.enter('running');
    const { ending } = this.context.fate;
    if (ending.kind === 'exits') this.after(ending.afterMs, () => this.fails(ESSENTIAL_EXITED, ending.exitCode));
  }

  private fails(end: OwnEnd, exitCode?: number): Promise<void> {
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
