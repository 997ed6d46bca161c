import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A TCP proxy that discards the server's data or closes every connection, so that requests arrive and answers are lost.
 */
export class TcpProxy {
  private readonly pairs = new Set<{ readonly client: Socket; readonly upstream: Socket }>();
  private losing = false;
  private readonly listeners: ((data: Buffer) => void)[] = [];

  private constructor(
    private readonly server: Server,
    private readonly target: { readonly port: number },
  ) {
    server.on('connection', (client) => this.accept(client));
  }

  static async start(target: { readonly port: number }): Promise<TcpProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new TcpProxy(server, target);
  }

  get port(): number {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('The proxy does not listen.');
    return address.port;
  }

  /** URL for clients of NATS. */
  get url(): string {
    return `nats://127.0.0.1:${String(this.port)}`;
  }

  /** Calls `listener` with each piece of data that a client sends. */
  onRequestData(listener: (data: Buffer) => void): void {
    this.listeners.push(listener);
  }

  /** Discards the data of the server from now on. */
  loseAnswers(): void {
    this.losing = true;
  }

  /** Forwards data again, on new connections: the old ones have a gap. */
  heal(): void {
    this.losing = false;
    this.cut();
  }

  cut(): void {
    for (const { client, upstream } of this.pairs) {
      client.destroy();
      upstream.destroy();
    }
    this.pairs.clear();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(client: Socket): void {
    const upstream = connect(this.target.port, '127.0.0.1');
    const pair = { client, upstream };
    this.pairs.add(pair);
    const end = (): void => {
      this.pairs.delete(pair);
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on('error', end).on('close', end);
    client.on('data', (data) => {
      for (const listener of this.listeners) listener(data);
      upstream.write(data);
    });
    upstream.on('data', (data) => this.losing || client.write(data));
  }
}
