import Docker from 'dockerode';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A socket in front of the real Docker that holds some calls, like a volume plugin or a log driver that hangs. A call
 * reaches Docker when it is released, even if its client has disconnected meanwhile.
 */
export class DockerProxy {
  private readonly withheld = new Set<string>();
  private readonly waiting: { readonly part: string; readonly forward: () => void }[] = [];
  private readonly open = new Set<string>();

  private constructor(
    private readonly directory: string,
    private readonly server: Server,
    private readonly target: string,
  ) {}

  static async start(target = '/var/run/docker.sock'): Promise<DockerProxy> {
    const server = createServer();
    const proxy = new DockerProxy(await mkdtemp(join(tmpdir(), 'stowage-proxy-')), server, target);
    server.on('request', (request, response) => proxy.answer(request, response));
    server.listen(proxy.socketPath);
    await once(server, 'listening');
    return proxy;
  }

  get socketPath(): string {
    return join(this.directory, 'docker.sock');
  }

  /** A client of the Docker behind the proxy. */
  get client(): Docker {
    return new Docker({ socketPath: this.target });
  }

  /** Number of calls that are held. */
  get waitingCalls(): number {
    return this.waiting.length;
  }

  /** Held calls whose client is still connected, as method and path. */
  openCalls(part: string): readonly string[] {
    return [...this.open].filter((call) => call.includes(part));
  }

  /** Holds calls whose method and path contain `part`, from now on. */
  withhold(part: string): void {
    this.withheld.add(part);
  }

  release(part: string): void {
    this.withheld.delete(part);
    for (const call of this.waiting.splice(0)) {
      if (call.part === part) call.forward();
      else this.waiting.push(call);
    }
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
    await rm(this.directory, { recursive: true, force: true });
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { url = '', method = '' } = request;
    const call = `${method} ${decodeURIComponent(url)}`;
    this.open.add(call);
    response.once('close', () => this.open.delete(call));
    const body: Buffer[] = [];
    request.on('data', (chunk: Buffer) => body.push(chunk));
    request.on('end', () => {
      const forward = (): ClientRequest => this.forward(request, Buffer.concat(body), response);
      const part = [...this.withheld].find((each) => call.includes(each));
      if (part !== undefined) return void this.waiting.push({ part, forward });
      const upstream = forward();
      response.once('close', () => upstream.destroy());
    });
  }

  private forward(
    { url: path, method, headers }: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
  ): ClientRequest {
    const { 'transfer-encoding': _chunked, ...rest } = headers;
    const options = { socketPath: this.target, path, method, headers: { ...rest, 'content-length': body.length } };
    const upstream = httpRequest(options, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    upstream.on('error', () => response.destroy());
    upstream.end(body);
    return upstream;
  }
}
