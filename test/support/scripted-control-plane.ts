import {
  clusterName,
  type HeartbeatAnswer,
  type Hint,
  type EpochMs,
  journalId,
  type JournalPosition,
  type LogsAnswer,
  type LogsRequest,
  type RecoveredAnswer,
  type RecoveredRequest,
  type RegisterAnswer,
  type RegisteredDefinition,
  type RegisterRequest,
  type ReportAnswer,
  type TaskDefinitionAnswer,
  type TaskDefinitionRef,
  type TaskId,
  type TaskProtectionAnswer,
  type TaskProtectionRequest,
  type TaskReport,
  type WorkAnswer,
  type WorkItem,
} from '@stowage/domain';
import { EventEmitter, once } from 'node:events';
import { ControlPlane } from '../../apps/agent/src/shell/control-plane/control-plane';

export const TEST_CLUSTER = clusterName('agent-tests');
/** Time until which the script protects a task. */
export const PROTECTED_UNTIL = Date.UTC(2030, 0, 1);

/** A control plane in the test's own process. It answers as the test sets it, and records the agent's requests. */
export class ScriptedControlPlane extends ControlPlane {
  readonly seenAs = '127.0.0.1';
  /** Requests of containers. */
  readonly protections: Pick<TaskProtectionRequest, 'task' | 'set'>[] = [];
  readonly registrations: RegisterRequest[] = [];
  readonly reports: TaskReport[] = [];
  readonly definitions = new Map<string, RegisteredDefinition>();
  readonly items = new Map<TaskId, WorkItem>();
  sequence = 1;
  /** Sequence at which the work list last changed, apart from changes that the agent reported. */
  private workChangedAt = 1;
  journal = journalId('00000000-0000-7000-8000-000000000001');
  /** True if the control plane cannot be reached. */
  away = false;
  registered = true;
  refusal: string | undefined;
  /** Number of requests by operation, answered or not. */
  readonly requests = {
    register: 0,
    heartbeat: 0,
    work: 0,
    recovered: 0,
    taskProtection: 0,
    taskDefinition: 0,
    report: 0,
  };
  /** Work lists with which the next requests are answered in place of the current one. */
  readonly falseWork: WorkAnswer[] = [];
  private readonly changes = new EventEmitter().setMaxListeners(0);
  private hintsAreLost = false;
  /** True if requests for task definitions fail. */
  definitionsAway = false;
  /** Tasks whose reports are received and not acknowledged. */
  readonly unacknowledged = new Set<TaskId>();
  /** Time at which the instance was declared lost. */
  lostAt: EpochMs | undefined;
  readonly recoveries: RecoveredRequest[] = [];
  /** Number of the next requests that are received and not answered. */
  recoveriesUnanswered = 0;
  private logs: ((request: LogsRequest) => Promise<LogsAnswer>) | undefined;

  get position(): JournalPosition {
    return { journal: this.journal, sequence: this.sequence };
  }

  /** Adds or changes an item of the work list, and sends a hint. */
  give(item: WorkItem): void {
    this.items.set(item.task, item);
    this.hint();
  }

  hint(): void {
    this.sequence += 1;
    this.workChangedAt = this.sequence;
    if (!this.hintsAreLost) this.changes.emit('hint', { position: this.position } satisfies Hint);
  }

  /** Makes a change whose hint is lost. */
  silently(change: () => void): void {
    this.hintsAreLost = true;
    change();
    this.hintsAreLost = false;
  }

  askForLogs(request: LogsRequest): Promise<LogsAnswer> {
    if (!this.logs) throw new Error('The agent does not answer requests for logs yet.');
    return this.logs(request);
  }

  reportsOf(task: TaskId): readonly TaskReport[] {
    return this.reports.filter((report) => report.task === task);
  }

  /** Resolves with the first past or future report of a task that satisfies `wanted`. */
  async reported(task: TaskId, wanted: (report: TaskReport) => boolean, timeoutMs = 20_000): Promise<TaskReport> {
    const signal = AbortSignal.timeout(timeoutMs);
    for (;;) {
      const found = this.reportsOf(task).find(wanted);
      if (found) return found;
      try {
        await once(this.changes, 'report', { signal });
      } catch {
        const said = JSON.stringify(this.reportsOf(task).at(-1), null, 1);
        throw new Error(`No such report came within ${String(timeoutMs)} ms. The last one: ${said}`);
      }
    }
  }

  register(request: RegisterRequest): Promise<RegisterAnswer> {
    return this.answer('register', () => {
      this.registrations.push(request);
      this.registered = true;
      if (this.refusal !== undefined) return { accepted: false, reason: this.refusal };
      return { accepted: true, position: this.position };
    });
  }

  heartbeat(): Promise<HeartbeatAnswer> {
    return this.answer('heartbeat', () => ({
      position: { journal: this.journal, sequence: this.workChangedAt },
      registered: this.registered,
    }));
  }

  work(): Promise<WorkAnswer> {
    const lost = this.lostAt === undefined ? {} : { lostAt: this.lostAt };
    return this.answer(
      'work',
      () => this.falseWork.shift() ?? { position: this.position, tasks: [...this.items.values()], ...lost },
    );
  }

  recovered(request: RecoveredRequest): Promise<RecoveredAnswer> {
    return this.answer('recovered', () => {
      this.recoveries.push(request);
      if (this.recoveriesUnanswered > 0) {
        this.recoveriesUnanswered -= 1;
        throw new Error('The answer is lost.');
      }
      if (request.lostAt === this.lostAt) this.lostAt = undefined;
      return { position: this.position };
    });
  }

  /** Treats every task as a task of a service, which may be protected. */
  taskProtection({ task, set }: TaskProtectionRequest): Promise<TaskProtectionAnswer> {
    return this.answer('taskProtection', () => {
      this.protections.push({ task, ...(set && { set }) });
      return { outcome: 'is', ...(set?.protectionEnabled && { protectedUntil: PROTECTED_UNTIL }) };
    });
  }

  taskDefinition({ family, revision }: TaskDefinitionRef): Promise<TaskDefinitionAnswer> {
    return this.answer('taskDefinition', () => {
      if (this.definitionsAway) throw new Error('Task definitions are unavailable.');
      const definition = this.definitions.get(`${family}:${String(revision)}`);
      return definition ? { found: true, definition } : { found: false };
    });
  }

  report(report: TaskReport): Promise<ReportAnswer> {
    return this.answer('report', () => {
      if (this.unacknowledged.has(report.task)) throw new Error('The acknowledgement is lost.');
      this.sequence += 1;
      this.reports.push(report);
      this.book(report);
      this.changes.emit('report');
      return { accepted: true, position: this.position };
    });
  }

  private book({ task, lastStatus }: TaskReport): void {
    const item = this.items.get(task);
    if (lastStatus === 'STOPPED') this.items.delete(task);
    else if (item) this.items.set(task, { ...item, lastStatus });
  }

  onHint(listener: (hint: Hint) => void): () => void {
    this.changes.on('hint', listener);
    return () => this.changes.off('hint', listener);
  }

  onLogsRequest(handle: (request: LogsRequest) => Promise<LogsAnswer>): () => void {
    this.logs = handle;
    return () => (this.logs = undefined);
  }

  private async answer<T>(operation: keyof ScriptedControlPlane['requests'], make: () => T): Promise<T> {
    this.requests[operation] += 1;
    await new Promise((resolve) => setImmediate(resolve));
    if (this.away) throw new Error('The control plane is unavailable.');
    return make();
  }
}
