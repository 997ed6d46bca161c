import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy, Inject } from '@nestjs/common';
import { type AgentsServer, RUNTIME, type Runtime, serveAgents } from '@stowage/runtime';
import { AgentLedgers } from './agent-ledgers';
import { AgentRequests } from './agent-requests';
import { Connections } from './connections';
import type { AgentSideConfig } from './config';
import { Drains } from './drains';
import { News } from './news';

/**
 * The cluster manager's side of the protocol with agents (docs/agents.md): answers their requests, sends hints, and
 * records which agents are connected. Any number of replicas may do so at the same time.
 */
@Injectable()
export class AgentSide implements OnApplicationBootstrap, OnModuleDestroy {
  private server: AgentsServer | undefined;

  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    private readonly requests: AgentRequests,
    readonly connections: Connections,
    private readonly news: News,
    private readonly drains: Drains,
  ) {}

  /** Creates the whole part outside of Nest, for simulations and tests. */
  static of(@Inject(RUNTIME) runtime: Runtime, config: AgentSideConfig): AgentSide {
    const ledgers = new AgentLedgers(runtime, config);
    const connections = new Connections(ledgers, config);
    const news = new News(ledgers);
    const requests = new AgentRequests(ledgers, connections, news, config);
    return new AgentSide(runtime, requests, connections, news, new Drains(ledgers, config));
  }

  async onApplicationBootstrap(): Promise<void> {
    this.server = await serveAgents(this.runtime.nats, this.requests, {
      queue: 'cluster-manager',
      onFault: (error) =>
        this.runtime.logger.warn({ err: error }, 'Failed to answer a request of an agent, which will retry.'),
    });
    this.connections.start();
    this.drains.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.connections.stop();
    this.news.stop();
    this.drains.stop();
    await this.server?.close();
  }
}
