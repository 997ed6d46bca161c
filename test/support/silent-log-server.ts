import type { Ecs } from '@stowage/domain';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A Splunk collector that accepts connections and does not answer until it is released. Docker's splunk driver sends it
 * a
 * request while a container starts, without a time limit.
 */
export class SilentLogServer {
  private readonly waiting: ServerResponse[] = [];
  private isSilent = true;

  private constructor(private readonly server: Server) {}

  static async start(): Promise<SilentLogServer> {
    const server = createServer();
    const silent = new SilentLogServer(server);
    server.on('request', (request, response) => {
      request.resume();
      if (silent.isSilent) silent.waiting.push(response);
      else response.end('{}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return silent;
  }

  /** Log configuration of a container that logs to this server. */
  get logConfiguration(): Ecs.LogConfiguration {
    const { port } = this.server.address() as AddressInfo;
    const options = { 'splunk-url': `http://127.0.0.1:${String(port)}`, 'splunk-token': 'token' };
    return { logDriver: 'splunk', options };
  }

  /** Number of containers whose start waits. */
  get waitingStarts(): number {
    return this.waiting.length;
  }

  /** Answers the pending requests, and all later ones. */
  release(): void {
    this.isSilent = false;
    for (const response of this.waiting.splice(0)) response.end('{}');
  }

  async close(): Promise<void> {
    this.release();
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
