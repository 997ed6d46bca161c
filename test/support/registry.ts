import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { busyboxFiles, tar } from './docker';

const MANIFEST_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';
const digestOf = (content: Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;

/** Minimum size of blobs whose download stops in the middle. Manifests and configurations are smaller. */
const STALLED_BYTES = 64 * 1024;

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** A registry on loopback, which Docker trusts without TLS, with the images that a test adds. */
export class TestRegistry {
  private readonly blobs = new Map<string, Buffer>();
  private readonly manifests = new Map<string, Buffer>();
  /** Manifests that were requested by tag, in order. */
  readonly pulls: string[] = [];
  /** True if the registry answers every request with 503. */
  down = false;
  /** Repositories whose layers stop in the middle until they are removed from this set. */
  readonly stalled = new Set<string>();
  /** The rest of each layer that has stopped in the middle. */
  private readonly stalls = new Map<ServerResponse, { readonly repository: string; readonly rest: Buffer }>();

  private constructor(
    private readonly server: Server,
    private readonly credentials: Credentials | undefined,
  ) {}

  static async start(credentials?: Credentials): Promise<TestRegistry> {
    const server = createServer();
    const registry = new TestRegistry(server, credentials);
    server.on('request', (request, response) => {
      registry.answer(request, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return registry;
  }

  get host(): string {
    return `127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  /**
   * Adds an image that prints `text`, in place of an earlier one with the same tag. Returns the digest of its manifest.
   */
  put(repository: string, tag: string, text: string): string {
    const layer = tar([...busyboxFiles(), { path: 'text', content: Buffer.from(text) }]);
    const packed = gzipSync(layer);
    const config = Buffer.from(
      JSON.stringify({
        architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
        os: 'linux',
        config: { Cmd: ['cat', '/text'] },
        rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
      }),
    );
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MANIFEST_TYPE,
        config: this.blob('application/vnd.docker.container.image.v1+json', config),
        layers: [this.blob('application/vnd.docker.image.rootfs.diff.tar.gzip', packed)],
      }),
    );
    this.manifests.set(`${repository}/${tag}`, manifest);
    this.manifests.set(`${repository}/${digestOf(manifest)}`, manifest);
    return digestOf(manifest);
  }

  /** Repositories of the layers whose download has stopped in the middle. */
  get stalledDownloads(): readonly string[] {
    return [...this.stalls.values()].map(({ repository }) => repository).sort();
  }

  /** Sends the rest of the layers of a repository. */
  resume(wanted: string): void {
    this.stalled.delete(wanted);
    for (const [response, { repository, rest }] of this.stalls) if (repository === wanted) response.end(rest);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private blob(mediaType: string, content: Buffer): { mediaType: string; size: number; digest: string } {
    this.blobs.set(digestOf(content), content);
    return { mediaType, size: content.length, digest: digestOf(content) };
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    if (this.down) return void response.writeHead(503).end();
    if (!this.admits(request)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' });
      return void response.end(
        JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] }),
      );
    }
    if (path === '/v2/') return void response.end('{}');
    const [, repository = '', kind, reference = ''] = /^\/v2\/(.+)\/(manifests|blobs)\/(.+)$/.exec(path) ?? [];
    if (kind === 'manifests' && !reference.startsWith('sha256:')) this.pulls.push(`${repository}:${reference}`);
    const content = kind === 'manifests' ? this.manifests.get(`${repository}/${reference}`) : this.blobs.get(reference);
    if (!content) {
      return void response
        .writeHead(404)
        .end(JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] }));
    }
    response.writeHead(200, {
      'content-type': kind === 'manifests' ? MANIFEST_TYPE : 'application/octet-stream',
      'content-length': content.length,
      'docker-content-digest': digestOf(content),
    });
    if (request.method === 'HEAD') return void response.end();
    // Only the layer has this size.
    if (content.length < STALLED_BYTES || !this.stalled.has(repository)) return void response.end(content);
    response.write(content.subarray(0, STALLED_BYTES / 2));
    this.stalls.set(response, { repository, rest: content.subarray(STALLED_BYTES / 2) });
    response.once('close', () => this.stalls.delete(response));
  }

  private admits({ headers }: IncomingMessage): boolean {
    if (!this.credentials) return true;
    const { username, password } = this.credentials;
    return headers.authorization === `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }
}
