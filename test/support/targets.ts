import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Behaviour = 'well' | 'error' | 'hang' | 'reset';

/** A plain HTTP server as a target: it answers its name, `?ms=` later; its health is at `/health`. */
export class HttpTarget {
  behaviour: Behaviour = 'well';
  health: Behaviour = 'well';
  /** Of the requests that it got, health checks not counted. */
  requests = 0;
  readonly seen: IncomingMessage[] = [];

  readonly port: number;

  private constructor(
    readonly name: string,
    readonly server: Server,
  ) {
    this.port = (server.address() as AddressInfo).port;
    server.on('request', (request, response) => this.answer(request, response));
    // Longer than HAProxy keeps idle connections: who closes first is not what is tested here.
    server.keepAliveTimeout = 120_000;
  }

  static async start(name: string, port = 0): Promise<HttpTarget> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return new HttpTarget(name, server);
  }

  /** As by SIGKILL: every connection is reset. */
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
