import type { ClusterName, InstanceId } from '@stowage/domain';
import { decideConnection } from '../../core/agents/decide-connection';
import { Leases, type Listened } from '../../core/agents/leases';
import type { AgentBooks } from './agent-books';
import type { AgentSideConfig } from './config';

/** So many disconnections are on their way to the journal at once. */
const WRITES_MAX = 64;

/** Which agents are there: leases in memory, and an event whenever that changes. */
export class Connections {
  private readonly leases: Leases;
  private readonly connecting = new Set<InstanceId>();
  private timer: NodeJS.Timeout | undefined;
  private lastLook: number;
  private closed = false;

  constructor(
    private readonly books: AgentBooks,
    private readonly config: AgentSideConfig,
    /** Never jumps, unlike the time of day. */
    private readonly clock: () => number = () => performance.now(),
  ) {
    this.lastLook = clock();
    this.leases = new Leases(config, this.lastLook);
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
    if (this.books.state.instances.get(instance)?.agentConnected !== false) return;
    if (this.connecting.has(instance)) return;
    this.connecting.add(instance);
    this.books
      .write('heartbeat', (state) => decideConnection(state, instance, true))
      .catch((error: unknown) =>
        this.books.runtime.logger.warn({ err: error, instance }, 'Could not connect an agent.'),
      )
      .finally(() => this.connecting.delete(instance));
  }

  private async look(): Promise<void> {
    try {
      // Heartbeats that lie in the socket's buffer are handled before anybody is judged.
      await this.books.runtime.nats.flush();
      const now = this.clock();
      const pause = now - this.lastLook;
      this.lastLook = now;
      if (pause > this.config.leaseCheckMs + this.config.leaseStallMs) this.restart(now, pause);
      else await this.disconnect(this.leases.expired(this.listened(), now));
    } catch (error) {
      this.books.runtime.logger.warn({ err: error }, 'Leases could not be looked at.');
      this.restart(this.clock(), undefined);
    }
    this.start();
  }

  private restart(now: number, pauseMs: number | undefined): void {
    this.leases.restart(now);
    this.books.runtime.logger.warn({ pauseMs }, 'All leases begin anew: this manager did not listen for a while.');
  }

  private async disconnect(silent: readonly InstanceId[]): Promise<void> {
    for (let from = 0; from < silent.length; from += WRITES_MAX) {
      const some = silent.slice(from, from + WRITES_MAX);
      await Promise.all(
        some.map((instance) =>
          this.books.write('lease expired', (state) =>
            // Heard meanwhile: then there is nothing to declare.
            this.leases.isExpired(instance, this.clock()) ? decideConnection(state, instance, false) : [],
          ),
        ),
      );
    }
  }

  /** The instances that the books hold for connected. */
  private listened(): readonly Listened[] {
    const byCluster = new Map<ClusterName, InstanceId[]>();
    for (const { id, cluster, agentConnected, status } of this.books.state.instances.values()) {
      if (!agentConnected || status === 'INACTIVE') continue;
      const instances = byCluster.get(cluster);
      if (instances) instances.push(id);
      else byCluster.set(cluster, [id]);
    }
    return [...byCluster].map(([cluster, instances]) => ({ cluster, instances }));
  }
}
