import { backoffMs } from '@stowage/concurrency';
import type {
  DomainEvent,
  EpochMs,
  LoadBalancer,
  LoadBalancerState,
  ReadonlyClusterState,
  TargetGroup,
} from '@stowage/domain';
import type { Runtime } from '@stowage/runtime';
import { type DataPlane, dataPlaneOf } from '../../core/data-plane/data-plane';
import { type HaproxyStatus, targetEvents } from '../../core/data-plane/target-events';
import { IMPAIRED, type Refused, stateOf } from '../../core/data-plane/listening';
import type { Configuration } from './configuration';
import type { DataPlaneConfig } from './config';
import type { Haproxy } from './haproxy';

const ACTOR = 'service:load-balancer-registrar';
/** Delay of the pass after commands were sent to HAProxy: their effect may have to be recorded. */
const SOON_MS = 25;
/** Number of consecutive failures after which load balancers are reported as impaired. */
const FAILURES_UNREPORTED_MAX = 2;

/**
 * Reconciles HAProxy with the state, and the journal with HAProxy's state. Each pass compares both as a whole and keeps
 * nothing in memory, so that nothing is lost when the registrar dies.
 */
export class DataPlaneLoop {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  /** Something changed that the running pass may have missed. */
  private isDirty = false;
  private writing = false;
  /** Number of passes that have failed since the last successful one. */
  private failures = 0;
  private completed = 0;
  private closed = false;
  private readonly stopListening: () => void;

  constructor(
    private readonly runtime: Runtime,
    private readonly parts: { readonly configuration: Configuration; readonly haproxy: Haproxy },
    private readonly config: DataPlaneConfig,
  ) {
    this.stopListening = runtime.fold.onTransaction(({ events }) => {
      if (!events.some(({ event }) => concernsDataPlane(event))) return;
      this.isDirty = true;
      if (!this.running && this.failures === 0) this.schedule(0);
    });
  }

  /** Number of completed passes, including those that failed. */
  get passes(): number {
    return this.completed;
  }

  start(): void {
    this.schedule(0);
  }

  async stop(): Promise<void> {
    this.closed = true;
    this.stopListening();
    clearTimeout(this.timer);
    await this.running;
  }

  private schedule(afterMs: number): void {
    if (this.closed) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.running = this.runPass().then((again) => {
        this.running = undefined;
        this.completed += 1;
        this.schedule(this.isDirty && this.failures === 0 ? 0 : again);
      });
    }, afterMs);
  }

  /** Resolves with the delay before the next pass, in milliseconds. */
  private async runPass(): Promise<number> {
    this.isDirty = false;
    try {
      const commands = await this.reconcile();
      this.failures = 0;
      return commands > 0 ? SOON_MS : this.config.dataPlanePollMs;
    } catch (error) {
      this.failures += 1;
      const { dataPlanePollMs: minMs, dataPlaneRetryMs } = this.config;
      const delayMs = backoffMs(this.failures, { minMs, maxMs: Math.max(minMs, dataPlaneRetryMs) });
      this.runtime.logger.warn({ err: error, delayMs }, 'Failed to bring HAProxy to the wanted state; will retry.');
      if (this.failures > FAILURES_UNREPORTED_MAX) this.write((state) => impairedEvents(state));
      return delayMs;
    }
  }

  private async reconcile(): Promise<number> {
    const { configuration, haproxy } = this.parts;
    const { state } = this.runtime.fold;
    const [plane, targetGroups] = [dataPlaneOf(state), new Map(state.targetGroups)];
    const prepared = await configuration.prepare(plane);
    const processes = await haproxy.run(plane, prepared);
    const status = processes ? await haproxy.readStatus(plane, processes) : { old: [] };
    const applied = { plane, targetGroups, refused: prepared.refused };
    this.write((latest, now) => eventsOf(latest, status, applied, now));
    // The state may have changed during the pass, so the commands follow the newest state.
    return haproxy.adjust(dataPlaneOf(this.runtime.fold.state), status);
  }

  /**
   * Runs without waiting: the loop also has to control HAProxy while NATS is unreachable. The next pass repeats what is
   * not recorded now.
   */
  private write(decide: (state: ReadonlyClusterState, now: EpochMs) => readonly DomainEvent[]): void {
    if (this.writing || decide(this.runtime.fold.state, this.runtime.now()).length === 0) return;
    this.writing = true;
    this.runtime.commands
      .execute({
        decide: (latest, now) => ({ events: decide(latest, now), result: undefined }),
        atLeast: 0,
        actor: ACTOR,
        cause: 'data plane',
      })
      .catch((error: unknown) =>
        this.runtime.logger.warn({ err: error }, 'Failed to record the state of HAProxy; will retry.'),
      )
      .finally(() => (this.writing = false));
  }
}

/** The desired state that was applied before HAProxy's state was read, and the listeners that were left out. */
interface Applied {
  readonly plane: DataPlane;
  /** All groups, also those that no listener uses. */
  readonly targetGroups: ReadonlyMap<string, TargetGroup>;
  readonly refused: Refused;
}

function eventsOf(
  state: ReadonlyClusterState,
  status: HaproxyStatus,
  { plane, targetGroups, refused }: Applied,
  now: EpochMs,
): readonly DomainEvent[] {
  const used = new Set(plane.backends.map(({ group }) => group.name));
  return [
    ...[...state.targetGroups.values()].flatMap((group) =>
      targetEvents(group, status, { now, groupBefore: targetGroups.get(group.name), wasUsed: used.has(group.name) }),
    ),
    ...[...state.loadBalancers.values()].flatMap((loadBalancer): readonly DomainEvent[] => {
      if (!isApplied(loadBalancer, plane)) return [];
      return stateEvents(loadBalancer, stateOf(loadBalancer, refused));
    }),
  ];
}

/** Load balancers whose configuration HAProxy may not have applied. */
function impairedEvents({ loadBalancers }: ReadonlyClusterState): readonly DomainEvent[] {
  const listening = [...loadBalancers.values()].filter(({ listeners }) => listeners.length > 0);
  return listening.flatMap((loadBalancer) => stateEvents(loadBalancer, IMPAIRED));
}

function stateEvents({ name, state: { code, reason } }: LoadBalancer, next: LoadBalancerState): readonly DomainEvent[] {
  if (next.code === code && next.reason === reason) return [];
  return [{ type: 'LoadBalancerStateChanged', version: 1, loadBalancer: name, state: next }];
}

/**
 * Returns true if the pass applied all listeners of the load balancer in their present form. The state of a newer listener is
 * still unknown.
 */
const isApplied = ({ listeners }: LoadBalancer, { frontends }: DataPlane): boolean =>
  listeners.every((listener) => frontends.some((frontend) => frontend.listener === listener));

/** Changes of health matter too: old workers and maps get the health from here. */
function concernsDataPlane(event: DomainEvent): boolean {
  return 'loadBalancer' in event || 'targetGroup' in event;
}
