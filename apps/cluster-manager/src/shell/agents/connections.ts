import {
  type ClusterName,
  type ContainerInstance,
  decideLoss,
  type DomainEvent,
  type InstanceId,
  type ReadonlyClusterState,
} from '@stowage/domain';
import { decideConnection } from '../../core/agents/decide-connection';
import { Leases } from '../../core/agents/leases';
import { Losses, type Watched } from '../../core/agents/losses';
import type { AgentLedgers } from './agent-ledgers';
import type { AgentSideConfig } from './config';

/** Number of disconnections and losses that are committed at the same time. */
const WRITES_MAX = 64;

/**
 * Tracks which agents are connected and which instances are lost. The leases are in memory, and each change is an
 * event.
 */
export class Connections {
  private readonly leases: Leases;
  private readonly losses: Losses;
  private doubted = 0;
  private readonly connecting = new Set<InstanceId>();
  private timer: NodeJS.Timeout | undefined;
  private lastCheckAt: number;
  private closed = false;
  private completed = 0;

  constructor(
    private readonly ledgers: AgentLedgers,
    private readonly config: AgentSideConfig,
    /** A monotonic clock in milliseconds. */
    private readonly clock: () => number = () => performance.now(),
  ) {
    this.lastCheckAt = clock();
    this.leases = new Leases(config, this.lastCheckAt);
    this.losses = new Losses(config);
  }

  /** Number of completed checks of the leases, including those that failed. */
  get checks(): number {
    return this.completed;
  }

  start(): void {
    if (!this.closed) this.timer = setTimeout(() => void this.check(), this.config.leaseCheckMs);
  }

  stop(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  /** Renews the lease of the instance, and records the agent as connected if the state has it as disconnected. */
  renew(instance: InstanceId): void {
    this.leases.renew(instance, this.clock());
    this.losses.clear(instance);
    if (this.ledgers.state.instances.get(instance)?.agentConnected !== false) return;
    if (this.connecting.has(instance)) return;
    this.connecting.add(instance);
    this.ledgers
      .write('heartbeat', (state) => decideConnection(state, instance, true))
      .catch((error: unknown) =>
        this.ledgers.runtime.logger.warn(
          { err: error, instance },
          'Failed to record that an agent is connected; will retry.',
        ),
      )
      .finally(() => this.connecting.delete(instance));
  }

  private async check(): Promise<void> {
    try {
      // Heartbeats in the socket's buffer must be handled before any lease is checked.
      await this.ledgers.runtime.nats.flush();
      const now = this.clock();
      const elapsedMs = now - this.lastCheckAt;
      this.lastCheckAt = now;
      if (elapsedMs > this.config.leaseCheckMs + this.config.leaseStallMs) this.restart(now, elapsedMs);
      else await this.judge(now);
    } catch (error) {
      this.ledgers.runtime.logger.warn({ err: error }, 'Failed to check the leases; will retry.');
      this.restart(this.clock(), undefined);
    }
    this.completed += 1;
    this.start();
  }

  private restart(now: number, stalledMs: number | undefined): void {
    this.leases.restart(now);
    this.losses.restart();
    this.ledgers.runtime.logger.warn(
      { stalledMs },
      'Restarted all leases, because this manager was stalled or disconnected.',
    );
  }

  private async judge(now: number): Promise<void> {
    const connected = this.byCluster(({ agentConnected }) => agentConnected);
    const leased = connected.map(([cluster, instances]) => ({ cluster, instances: instances.map(({ id }) => id) }));
    await this.writeFor(this.leases.expired(leased, now), 'lease expired', (state, instance) =>
      // A heartbeat may have arrived since the check.
      this.leases.isExpired(instance, this.clock()) ? decideConnection(state, instance, false) : [],
    );
    const kept = this.byCluster(({ lostAt }) => lostAt === undefined);
    const watched = kept.map(([cluster, instances]) => ({ cluster, instances: instances.map(watchedOne) }));
    const { due, doubted } = this.losses.judge(watched, now);
    this.warnOfDoubt(doubted);
    await this.writeFor(due, 'instance lost', (state, instance) =>
      this.losses.isDue(instance, this.clock()) ? decideLoss(state, instance) : [],
    );
  }

  private warnOfDoubt(doubted: readonly InstanceId[]): void {
    if (doubted.length > this.doubted) {
      const message =
        'Too many instances are disconnected at once, so none of them is declared lost. Deregister those that are gone for good.';
      this.ledgers.runtime.logger.warn({ instances: doubted.slice(0, WRITES_MAX), count: doubted.length }, message);
    }
    this.doubted = doubted.length;
  }

  private async writeFor(
    instances: readonly InstanceId[],
    cause: string,
    decide: (state: ReadonlyClusterState, instance: InstanceId) => readonly DomainEvent[],
  ): Promise<void> {
    for (let from = 0; from < instances.length; from += WRITES_MAX) {
      const some = instances.slice(from, from + WRITES_MAX);
      await Promise.all(some.map((instance) => this.ledgers.write(cause, (state) => decide(state, instance))));
    }
  }

  private byCluster(wanted: (instance: ContainerInstance) => boolean): readonly ClusterInstances[] {
    const byCluster = new Map<ClusterName, ContainerInstance[]>();
    for (const instance of this.ledgers.state.instances.values()) {
      if (instance.status === 'INACTIVE' || !wanted(instance)) continue;
      const instances = byCluster.get(instance.cluster);
      if (instances) instances.push(instance);
      else byCluster.set(instance.cluster, [instance]);
    }
    return [...byCluster];
  }
}

type ClusterInstances = readonly [ClusterName, readonly ContainerInstance[]];

function watchedOne({
  id,
  agentConnected,
  disconnectedAt,
  registeredAt,
}: ContainerInstance): Watched['instances'][number] {
  return agentConnected ? { id } : { id, awaySince: disconnectedAt ?? registeredAt };
}
