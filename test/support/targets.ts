import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Behaviour = 'well' | 'error' | 'hang' | 'reset';

/** A plain HTTP server as a target. It answers with its name after `?ms=`. Its health check is `/health`. */
export class HttpTarget {
  behaviour: Behaviour = 'well';
  health: Behaviour = 'well';
  /** Number of received requests, without health checks. */
  requests = 0;
  readonly seen: IncomingMessage[] = [];

  readonly port: number;

  private constructor(
    readonly name: string,
    readonly server: Server,
  ) {
    this.port = (server.address() as AddressInfo).port;
    server.on('request', (request, response) => this.answer(request, response));
    // Longer than HAProxy keeps idle connections, because this is not a test of which side closes first.
    server.keepAliveTimeout = 120_000;
  }

  static async start(name: string, port = 0): Promise<HttpTarget> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return new HttpTarget(name, server);
  }

  /** Resets every connection, like SIGKILL. */
  async kill(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://target');
    const isCheck = pathname === '/health';
    if (!isCheck) {
      this.requests += 1;
      this.seen.push(request);
    }
    switch (isCheck ? this.health : this.behaviour) {
      case 'well':
        return void setTimeout(() => response.end(`${this.name}\n`), Number(searchParams.get('ms') ?? 0));
      case 'error':
        response.statusCode = 500;
        return void response.end('broken\n');
      case 'hang':
        return;
      case 'reset':
        return void request.socket.resetAndDestroy();
    }
  }
}
