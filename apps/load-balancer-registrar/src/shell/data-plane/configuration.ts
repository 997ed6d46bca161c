import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { mapFile } from '../../core/data-plane/backend-section';
import { type DataPlane, frontendName } from '../../core/data-plane/data-plane';
import { type ConfigSettings, configText, mapsOf, structureOf } from '../../core/data-plane/haproxy-config';
import { collisions, type Refused, socketOf, socketsIn, without } from '../../core/data-plane/listening';
import type { DataPlaneConfig } from './config';
import type { HaproxyPlaces, HaproxyProcess } from './haproxy-process';

/** A configuration that HAProxy accepts. */
export interface Prepared {
  /** The process that runs this configuration returns this mark. */
  readonly mark: string;
  /** True if there is a listener: HAProxy does not start without one. */
  readonly listens: boolean;
  /** Listeners that are left out, and the reasons. */
  readonly refused: Refused;
}

const MARK_LENGTH = 16;
/** Account that Debian's package creates. */
const ACCOUNT = 'haproxy';

/** Writes haproxy.cfg and its maps. */
export class Configuration {
  private readonly settings: ConfigSettings;
  private last: { readonly wanted: string; readonly prepared: Prepared; readonly at: number } | undefined;

  constructor(
    private readonly process: HaproxyProcess,
    private readonly places: HaproxyPlaces,
    private readonly config: DataPlaneConfig,
  ) {
    this.settings = {
      directory: places.directory,
      certificateFile: (arn) => join(config.certificatesDir, `${basename(arn)}.pem`),
      oldWorkersEndAfterSeconds: config.oldWorkersEndAfterSeconds,
      ...(mayDropRights() && { user: { name: ACCOUNT, group: ACCOUNT } }),
    };
  }

  /**
   * Resolves with the configuration of the data plane, without the listeners that HAProxy cannot serve: a wrong
   * listener must not keep the others from changing. Rejected listeners are tried again after `dataPlaneRetryMs`.
   */
  async prepare(plane: DataPlane): Promise<Prepared> {
    const wanted = structureOf(plane, this.settings);
    const now = performance.now();
    const stays = this.last?.wanted === wanted;
    const isSettled =
      this.last?.prepared.refused.size === 0 || now - (this.last?.at ?? 0) < this.config.dataPlaneRetryMs;
    if (this.last && stays && isSettled) return this.last.prepared;
    const refused = await this.refusedOf(plane);
    const structure = structureOf(without(plane, refused), this.settings);
    const prepared = { mark: markOf(structure), listens: plane.frontends.length > refused.size, refused };
    this.last = { wanted, prepared, at: now };
    return prepared;
  }

  /** Writes what was prepared, with the present servers. */
  write(plane: DataPlane, { mark, refused }: Prepared): void {
    const possible = without(plane, refused);
    for (const [backend, entries] of mapsOf(plane)) {
      writeWhole(this.pathOfMap(backend), [...entries].map(([token, name]) => `${token} ${name}\n`).join(''));
    }
    writeWhole(this.places.config, configText(possible, structureOf(possible, this.settings), mark));
  }

  private pathOfMap(backend: string): string {
    return join(this.places.directory, mapFile(backend));
  }

  private async refusedOf(plane: DataPlane): Promise<Refused> {
    const refused = new Map(collisions(plane));
    const own =
      this.process.pid === undefined ? new Set<string>() : socketsIn(readFileSync(this.places.config, 'utf8'));
    for (const frontend of plane.frontends) {
      const { address } = frontend.loadBalancer;
      const isTaken = !own.has(socketOf(frontend)) && !(await isFree(address, frontend.listener.port));
      if (isTaken)
        refused.set(frontendName(frontend), `Port ${String(frontend.listener.port)} of ${address} is in use.`);
    }
    if ((await this.errorOf(without(plane, refused))) === undefined) return refused;
    for (const frontend of without(plane, refused).frontends) {
      const why = await this.errorOf({ ...plane, frontends: [frontend] });
      if (why !== undefined) refused.set(frontendName(frontend), why);
    }
    return refused;
  }

  private async errorOf(plane: DataPlane): Promise<string | undefined> {
    if (plane.frontends.length === 0) return undefined;
    for (const backend of mapsOf(plane).keys()) {
      if (!existsSync(this.pathOfMap(backend))) writeWhole(this.pathOfMap(backend), '');
    }
    writeWhole(this.places.candidate, configText(plane, structureOf(plane, this.settings), 'candidate'));
    return this.process.configurationError(this.places.candidate);
  }
}

const markOf = (structure: string): string =>
  createHash('sha256').update(structure).digest('hex').slice(0, MARK_LENGTH);

/** Workers need no root privileges once they listen. */
function mayDropRights(): boolean {
  if (process.getuid?.() !== 0) return false;
  return new RegExp(`^${ACCOUNT}:`, 'm').test(readFileSync('/etc/passwd', 'utf8'));
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Replaces the file in one step: HAProxy reads either the old file or the new one. */
function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
