import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FOLDER = '/run/docker/plugins';

/** A volume plugin of Docker's legacy kind: a process of the machine that Docker finds by the name of its socket. */
export class VolumePlugin {
  private readonly volumes = new Map<string, string>();
  private readonly root = mkdtempSync(join(tmpdir(), 'stowage-plugin-'));
  private readonly server: Server;

  private constructor(readonly name: string) {
    this.server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        const { Name = '' } = JSON.parse(body || '{}') as { readonly Name?: string };
        response.setHeader('content-type', 'application/vnd.docker.plugins.v1.1+json');
        response.end(JSON.stringify({ Err: '', ...this.answer(request.url ?? '', Name) }));
      });
    });
  }

  static async start(name: string): Promise<VolumePlugin> {
    mkdirSync(FOLDER, { recursive: true });
    const plugin = new VolumePlugin(name);
    plugin.server.listen(join(FOLDER, `${name}.sock`));
    await once(plugin.server, 'listening');
    return plugin;
  }

  /** Also removes the socket. */
  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.root, { recursive: true, force: true });
  }

  private answer(path: string, name: string): object {
    const volume = (of: string) => ({ Name: of, Mountpoint: this.volumes.get(of) });
    switch (path) {
      case '/Plugin.Activate':
        return { Implements: ['VolumeDriver'] };
      case '/VolumeDriver.Create': {
        const directory = join(this.root, name);
        mkdirSync(directory);
        this.volumes.set(name, directory);
        return {};
      }
      case '/VolumeDriver.Remove':
        this.volumes.delete(name);
        return {};
      case '/VolumeDriver.Get':
        return this.volumes.has(name) ? { Volume: volume(name) } : { Err: 'no such volume' };
      case '/VolumeDriver.List':
        return { Volumes: [...this.volumes.keys()].map(volume) };
      case '/VolumeDriver.Capabilities':
        return { Capabilities: { Scope: 'local' } };
      default:
        return { Mountpoint: this.volumes.get(name) };
    }
  }
}
