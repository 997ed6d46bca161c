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

/** So many disconnections and losses are on their way to the journal at once. */
const WRITES_MAX = 64;

/** Which agents are there, and whose instance is lost: leases in memory, and an event whenever that changes. */
export class Connections {
  private readonly leases: Leases;
  private readonly losses: Losses;
  private doubted = 0;
  private readonly connecting = new Set<InstanceId>();
  private timer: NodeJS.Timeout | undefined;
  private lastLook: number;
  private closed = false;

  constructor(
    private readonly ledgers: AgentLedgers,
    private readonly config: AgentSideConfig,
    /** Never jumps, unlike the time of day. */
    private readonly clock: () => number = () => performance.now(),
  ) {
    this.lastLook = clock();
    this.leases = new Leases(config, this.lastLook);
    this.losses = new Losses(config);
  }

  start(): void {
    if (!this.closed) this.timer = setTimeout(() => void this.look(), this.config.leaseCheckMs);
  }

  stop(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  /** A sign of life. When the books hold the agent for disconnected, they are put right. */
  heard(instance: InstanceId): void {
    this.leases.heard(instance, this.clock());
    this.losses.heard(instance);
    if (this.ledgers.state.instances.get(instance)?.agentConnected !== false) return;
    if (this.connecting.has(instance)) return;
    this.connecting.add(instance);
    this.ledgers
      .write('heartbeat', (state) => decideConnection(state, instance, true))
      .catch((error: unknown) =>
        this.ledgers.runtime.logger.warn({ err: error, instance }, 'Could not connect an agent.'),
      )
      .finally(() => this.connecting.delete(instance));
  }

  private async look(): Promise<void> {
    try {
      // Heartbeats that lie in the socket's buffer are handled before anybody is judged.
      await this.ledgers.runtime.nats.flush();
      const now = this.clock();
      const pause = now - this.lastLook;
      this.lastLook = now;
      if (pause > this.config.leaseCheckMs + this.config.leaseStallMs) this.restart(now, pause);
      else await this.judge(now);
    } catch (error) {
      this.ledgers.runtime.logger.warn({ err: error }, 'Leases could not be looked at.');
      this.restart(this.clock(), undefined);
    }
    this.start();
  }

  private restart(now: number, pauseMs: number | undefined): void {
    this.leases.restart(now);
    this.losses.restart();
    this.ledgers.runtime.logger.warn({ pauseMs }, 'All leases begin anew: this manager did not listen for a while.');
  }

  private async judge(now: number): Promise<void> {
    const there = this.byCluster(({ agentConnected }) => agentConnected);
    const listened = there.map(([cluster, instances]) => ({ cluster, instances: instances.map(({ id }) => id) }));
    await this.writeFor(this.leases.expired(listened, now), 'lease expired', (state, instance) =>
      // Heard meanwhile: then there is nothing to declare.
      this.leases.isExpired(instance, this.clock()) ? decideConnection(state, instance, false) : [],
    );
    const kept = this.byCluster(({ lostAt }) => lostAt === undefined);
    const watched = kept.map(([cluster, instances]) => ({ cluster, instances: instances.map(watchedOne) }));
    const { due, doubted } = this.losses.judge(watched, now);
    this.tellDoubt(doubted);
    await this.writeFor(due, 'instance lost', (state, instance) =>
      this.losses.isDue(instance, this.clock()) ? decideLoss(state, instance) : [],
    );
  }

  private tellDoubt(doubted: readonly InstanceId[]): void {
    if (doubted.length > this.doubted) {
      const sentence = 'Too many instances are away at once to be given up. Deregister those that are gone for good.';
      this.ledgers.runtime.logger.warn({ instances: doubted.slice(0, WRITES_MAX), count: doubted.length }, sentence);
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
