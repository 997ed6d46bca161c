import { createServer } from 'node:net';
import { NatsServer } from './nats-server';

const NODES = 3;

/** Three real nats-servers that replicate every stream. */
export class NatsCluster {
  private constructor(readonly nodes: readonly NatsServer[]) {}

  static async start(): Promise<NatsCluster> {
    const ports = await freePorts(2 * NODES);
    const routePorts = ports.slice(NODES);
    const routes = routePorts.map((port) => `"nats-route://127.0.0.1:${String(port)}"`).join(', ');
    const nodes = await Promise.all(
      routePorts.map((route, at) =>
        NatsServer.start({
          sync: '2m',
          port: ports[at] ?? 0,
          config: [
            `server_name: n${String(at)}`,
            `cluster { name: stowage, listen: "127.0.0.1:${String(route)}", routes: [${routes}] }`,
          ].join('\n'),
        }),
      ),
    );
    return new NatsCluster(nodes);
  }

  get urls(): string[] {
    return this.nodes.map(({ url }) => url);
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }
}

/**
 * The routes must be known before the servers start. Another process may take a port meanwhile, which fails visibly.
 */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
