import { type RunningApp, type Runtime, serveAgents } from '@stowage/runtime';
import { AgentBooks } from './agent-books';
import { AgentRequests } from './agent-requests';
import type { AgentSideConfig } from './config';
import { Connections } from './connections';
import { Drains } from './drains';
import { News } from './news';

export { AgentSideConfig } from './config';

/**
 * The cluster manager's side of the agent protocol (docs/agents.md): answers their requests, hints at news,
 * and declares who is connected. Any number of replicas may do so at once.
 */
export async function startAgentSide(runtime: Runtime, config: AgentSideConfig): Promise<RunningApp> {
  const books = new AgentBooks(runtime, config);
  const connections = new Connections(books, config);
  const news = new News(books);
  const drains = new Drains(books, config);
  const requests = new AgentRequests(books, connections, news, config);
  const server = await serveAgents(runtime.nats, requests, {
    queue: 'cluster-manager',
    onFault: (error) => runtime.logger.warn({ err: error }, 'A request of an agent was not answered.'),
  });
  connections.start();
  drains.start();
  return {
    close: async () => {
      connections.stop();
      news.stop();
      drains.stop();
      await server.close();
    },
  };
}
