import {
  heartbeatIntervalMs,
  highestPosition,
  type InstanceId,
  type JournalPosition,
  judgePosition,
  type Random,
  type RegisteredDefinition,
  type TaskDefinitionRef,
  type TaskId,
  type TaskReport,
  type WorkItem,
} from '@stowage/domain';
import { AgentLink, type Runtime } from '@stowage/runtime';
import { courseOf, nextOutage, randomOf } from '../core/randomness';
import type { FleetOptions } from '../core/fleet-options';
import { fleetInstance, registration } from '../core/registration';
import { DYNAMIC_PORTS_FROM, DYNAMIC_PORTS_TO } from '../core/simulated-task';
import { ControlChannel } from './control-channel';
import type { Counters } from './counters';
import { SimulatedRun } from './simulated-run';

/** Interval at which the work list is read without a hint, as by a real agent. */
const WORK_REFRESH_MS = 300_000;

/** An agent that uses the real protocol and simulates its containers. */
export class SimulatedAgent {
  readonly instance: InstanceId;
  private readonly channel: ControlChannel;
  private readonly link: AgentLink;
  private readonly random: Random;
  private readonly runs = new Map<TaskId, SimulatedRun>();
  private readonly definitions = new Map<string, Promise<RegisteredDefinition | undefined>>();
  /** The last report of each task. The next report waits until this one is acknowledged. */
  private readonly lastReports = new Map<TaskId, Promise<void>>();
  private readonly timers = new Set<NodeJS.Timeout>();
  private stopListening: (() => void)[] = [];
  private seen: JournalPosition | undefined;
  private pulling: Promise<void> | undefined;
  private pullsRequested = 0;
  private pulledAt = 0;
  private closed = false;
  private nextPort: number;
  private leaseMs: number | undefined;

  constructor(
    nats: Runtime['nats'],
    private readonly number: number,
    private readonly options: FleetOptions,
    private readonly counters: Counters,
  ) {
    this.instance = fleetInstance(options, number);
    this.nextPort = options.portsFrom;
    this.random = randomOf(options.seed, `agent ${this.instance}`);
    this.link = new AgentLink(nats, this.instance);
    this.channel = new ControlChannel(this.link, options.requestTimeoutMs, counters);
  }

  /** Registers and starts to work. Resolves with false if the managers reject this instance. */
  async start(): Promise<boolean> {
    this.stopListening = [
      this.link.onHint(({ position }) => this.handlePosition(position)),
      this.link.onLogsRequest(() => Promise.resolve({ found: false, reason: 'A simulated container writes no log.' })),
    ];
    if (!(await this.register())) return false;
    this.counters.registered += 1;
    // The first heartbeats of a fleet's agents are spread over the interval.
    this.later(this.random.below(this.heartbeatMs), () => this.sendHeartbeat());
    this.planOutage();
    await this.pull();
    return true;
  }

  close(): void {
    this.closed = true;
    for (const stop of this.stopListening) stop();
    for (const timer of this.timers) clearTimeout(timer);
    for (const run of this.runs.values()) run.abandon();
    this.runs.clear();
    this.channel.close();
  }

  /** Disconnects the agent for a while. Its containers continue to run. */
  disconnect(lastsMs: number): void {
    this.channel.cut();
    this.later(lastsMs, () => {
      this.channel.mend();
      void this.pull();
    });
  }

  private get heartbeatMs(): number {
    return this.options.heartbeatMs ?? heartbeatIntervalMs(this.leaseMs);
  }

  private async register(): Promise<boolean> {
    const answer = await this.channel.request('register', () => registration(this.options, this.number));
    if (!answer) return false;
    if (answer.accepted) this.leaseMs = answer.leaseMs;
    else this.counters.refused += 1;
    return answer.accepted;
  }

  private async sendHeartbeat(): Promise<void> {
    const startedAt = performance.now();
    if (this.channel.isOpen) {
      const answer = await this.channel.request('heartbeat', () => this.withSeen());
      if (answer) {
        this.counters.heartbeats += 1;
        this.leaseMs = answer.leaseMs;
      }
      if (answer?.registered === false && !(await this.register())) {
        this.close();
        return;
      }
      if (answer) this.handlePosition(answer.position);
      if (performance.now() - this.pulledAt >= WORK_REFRESH_MS) void this.pull();
    }
    this.later(Math.max(0, this.heartbeatMs - (performance.now() - startedAt)), () => this.sendHeartbeat());
  }

  /** Reads the work list if `position` is newer than the last one. */
  private handlePosition(position: JournalPosition): void {
    const known = this.seen && position.journal === this.seen.journal && position.sequence <= this.seen.sequence;
    if (!known && this.channel.isOpen) void this.pull();
  }

  /** Reads the work list, once at a time. A call during a read causes another read. */
  private pull(): Promise<void> {
    this.pullsRequested += 1;
    this.pulling ??= this.pullUntilQuiet().finally(() => (this.pulling = undefined));
    return this.pulling;
  }

  private async pullUntilQuiet(): Promise<void> {
    for (let requested = 0; requested < this.pullsRequested && !this.closed;) {
      requested = this.pullsRequested;
      const work = await this.channel.request('work', () => this.withSeen());
      if (!work || judgePosition(this.seen, work.position) !== 'current') continue;
      this.seen = highestPosition(this.seen, work.position);
      this.pulledAt = performance.now();
      this.reconcileWith(work.tasks);
      // Simulated containers are gone as soon as their task is removed.
      const { lostAt } = work;
      if (lostAt !== undefined) await this.channel.request('recovered', () => ({ ...this.withSeen(), lostAt }));
    }
  }

  /** Starts tasks of the list, stops those whose desired status is STOPPED, and removes those that are not listed. */
  private reconcileWith(items: readonly WorkItem[]): void {
    if (this.closed) return;
    const listed = new Set(items.map(({ task }) => task));
    for (const [task, run] of this.runs) {
      if (listed.has(task)) continue;
      run.abandon();
      this.runs.delete(task);
      this.lastReports.delete(task);
    }
    for (const item of items) {
      const known = this.runs.get(item.task);
      if (!known) this.run(item);
      else if (item.desiredStatus === 'STOPPED') known.stop(item);
    }
  }

  private run(item: WorkItem): void {
    const run = new SimulatedRun(item, {
      course: courseOf(this.options, item.task),
      counters: this.counters,
      nextPort: () => this.dynamicPort(),
      definition: () => this.definition(item.taskDefinition),
      report: (report) => this.report(report),
    });
    this.runs.set(item.task, run);
    run.begin();
  }

  private report(report: Omit<TaskReport, 'seen'>): Promise<void> {
    const before = this.lastReports.get(report.task) ?? Promise.resolve();
    const sent = before.then(async () => {
      const answer = await this.channel.request('report', () => ({ ...report, ...this.seenMember() }));
      if (answer) this.counters.reports += 1;
    });
    this.lastReports.set(report.task, sent);
    return sent;
  }

  private definition(ref: TaskDefinitionRef): Promise<RegisteredDefinition | undefined> {
    const key = `${ref.family}:${String(ref.revision)}`;
    const known = this.definitions.get(key);
    if (known) return known;
    const requested = this.channel
      .request('task-definition', () => ref)
      .then((answer) => {
        if (answer?.found) return answer.definition;
        this.definitions.delete(key);
        return undefined;
      });
    this.definitions.set(key, requested);
    return requested;
  }

  private planOutage(): void {
    const outage = nextOutage(this.options, this.random);
    if (!outage) return;
    this.later(outage.afterMs, () => {
      this.disconnect(outage.lastsMs);
      this.later(outage.lastsMs, () => this.planOutage());
    });
  }

  private dynamicPort(): number {
    const port = this.nextPort;
    this.nextPort = port === DYNAMIC_PORTS_TO ? DYNAMIC_PORTS_FROM : port + 1;
    return port;
  }

  private withSeen(): { readonly cluster: FleetOptions['cluster']; readonly seen?: JournalPosition } {
    return { cluster: this.options.cluster, ...this.seenMember() };
  }

  private seenMember(): { readonly seen?: JournalPosition } {
    return this.seen ? { seen: this.seen } : {};
  }

  private later(ms: number, what: () => void | Promise<void>): void {
    if (this.closed) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      void what();
    }, ms);
    this.timers.add(timer);
  }
}
