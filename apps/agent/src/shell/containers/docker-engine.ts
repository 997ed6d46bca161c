import Docker from 'dockerode';
import { Readable } from 'node:stream';
import { gatewayOf } from '../../core/networks/bridge-gateway';
import type { ContainerCreateBody, ContainerInspect, ContainerSummary } from '../../core/containers/docker-json';
import type { ReadyImage } from '../../core/containers/facts';
import { digestOf, parseImage } from '../../core/images/image-reference';
import { type LogPiece, parseLog } from '../../core/containers/docker-log';
import type { EngineFacts } from '../../core/control-plane/registration';
import {
  ContainerEngine,
  EngineError,
  type EngineEvent,
  type EngineVolume,
  type LogOptions,
  type PullOptions,
  type VolumeOptions,
} from './container-engine';
import { DockerConnection } from './docker-connection';
import { drain, jsonLines, readAtMost } from './docker-streams';
import { isMissing, translated, translatingStream, unlessDone } from './docker-errors';
import type { DockerEvent, DockerInfo, DockerNetwork, DockerVolume } from './docker-documents';

type FollowedLogs = Docker.ContainerLogsOptions & { readonly follow: true; readonly _query: object };

const MS_PER_S = 1_000;
/** Time in milliseconds that a stop may take beyond its grace period, as in the ECS agent. */
const STOP_MARGIN_MS = 2 * 60 * MS_PER_S;
/** Time limit in milliseconds for a removal. It is longer than Docker's own limit for a volume plugin, two minutes. */
const REMOVE_TIMEOUT_MS = 150 * MS_PER_S;
/** Ends, changes of health, removals, and starts that end after the agent abandoned them. */
const WATCHED_EVENTS = ['start', 'die', 'oom', 'health_status', 'destroy'];

export interface DockerEngineOptions {
  readonly socketPath: string;
  /** Time limit in milliseconds for every call that has no limit of its own. */
  readonly answerTimeoutMs: number;
}

/**
 * Accesses Docker through dockerode, and converts Docker's JSON to the agent's types. Nothing else in Stowage calls
 * Docker.
 */
export class DockerEngine extends ContainerEngine {
  private readonly docker: Docker;

  constructor(private readonly options: DockerEngineOptions) {
    super();
    this.docker = Object.assign(new Docker(), { modem: new DockerConnection(options) });
  }

  async facts(): Promise<EngineFacts> {
    const plugins = this.docker.listPlugins({
      filters: JSON.stringify({ capability: ['volumedriver'], enabled: ['true'] }),
    });
    const [info, version, gateway, managed] = await translated(
      Promise.all([this.docker.info() as Promise<DockerInfo>, this.docker.version(), this.bridgeGateway(), plugins]),
    );
    return {
      version: version.Version,
      apiVersion: version.ApiVersion,
      cpus: info.NCPU,
      memoryBytes: info.MemTotal,
      architecture: info.Architecture,
      logDrivers: info.Plugins.Log ?? [],
      volumeDrivers: [...(info.Plugins.Volume ?? []), ...managed.map(({ Name }) => Name)],
      securityOptions: info.SecurityOptions ?? [],
      cgroupDriver: info.CgroupDriver,
      cgroupVersion: info.CgroupVersion ?? '1',
      ...(gateway && { bridgeGateway: gateway }),
    };
  }

  /** Resolves with undefined if Docker runs without its default bridge. */
  private async bridgeGateway(): Promise<string | undefined> {
    try {
      const network: DockerNetwork = await this.docker.getNetwork('bridge').inspect();
      return network.IPAM?.Config?.map(gatewayOf).find((gateway) => gateway !== undefined);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async image(name: string): Promise<(ReadyImage & { readonly repoDigests: readonly string[] }) | undefined> {
    const inspect = await this.orMissing(this.docker.getImage(inPath(name)).inspect());
    if (!inspect) return undefined;
    const repoDigests = inspect.RepoDigests;
    const digest = digestOf(name, repoDigests);
    return { id: inspect.Id, repoDigests, ...(digest !== undefined && { digest }) };
  }

  async pull(image: string, { auth, signal, inactivityMs }: PullOptions): Promise<void> {
    const { repository, tag, digest } = parseImage(image);
    const inactive = new AbortController();
    const timer = setTimeout(() => inactive.abort(), inactivityMs);
    const abortSignal = AbortSignal.any([signal, inactive.signal]);
    try {
      const options = { fromImage: repository, tag: digest ?? tag ?? 'latest', abortSignal };
      await drain(await translated(this.docker.createImage(auth ?? {}, options)), () => timer.refresh());
    } catch (error) {
      if (!inactive.signal.aborted || signal.aborted) throw error;
      // The message of the ECS agent.
      throw new EngineError('refused', 'inactivity time exceeded timeout while pulling image');
    } finally {
      clearTimeout(timer);
    }
  }

  async importImage(name: string, archive: Buffer): Promise<void> {
    const { repository, tag } = parseImage(name);
    await drain(
      await translated(this.docker.importImage(Readable.from([archive]), { repo: repository, tag: tag ?? 'latest' })),
    );
  }

  async create(name: string, body: ContainerCreateBody, signal: AbortSignal): Promise<string> {
    // dockerode would otherwise repeat the whole body in the query.
    const options: Docker.ContainerCreateOptions & { _query: object; _body: object } = {
      _query: { name },
      _body: body,
      abortSignal: signal,
    };
    const { id } = await translated(this.docker.createContainer(options));
    return id;
  }

  async start(container: string, signal: AbortSignal): Promise<void> {
    await unlessDone(this.docker.getContainer(inPath(container)).start({ abortSignal: signal }));
  }

  async stop(container: string, graceMs: number): Promise<void> {
    const t = Math.max(1, Math.ceil(graceMs / MS_PER_S));
    const abortSignal = AbortSignal.timeout(t * MS_PER_S + STOP_MARGIN_MS);
    await unlessDone(this.docker.getContainer(inPath(container)).stop({ t, abortSignal }));
  }

  async remove(container: string): Promise<void> {
    const abortSignal = AbortSignal.timeout(REMOVE_TIMEOUT_MS);
    await this.orMissing(this.docker.getContainer(inPath(container)).remove({ force: true, v: true, abortSignal }));
  }

  async inspect(container: string): Promise<ContainerInspect | undefined> {
    const found = await this.orMissing(this.docker.getContainer(inPath(container)).inspect());
    return found as ContainerInspect | undefined;
  }

  async list(labels: readonly string[]): Promise<readonly ContainerSummary[]> {
    const filters = { label: [...labels] };
    return translated(this.docker.listContainers({ all: true, filters }));
  }

  async volume(name: string): Promise<EngineVolume | undefined> {
    const found = await this.orMissing(this.docker.getVolume(inPath(name)).inspect());
    return found && engineVolume(found);
  }

  async createVolume(volume: VolumeOptions, abortSignal: AbortSignal): Promise<void> {
    const { name: Name, driver: Driver } = volume;
    const DriverOpts = { ...volume.driverOpts };
    const Labels = { ...volume.labels };
    await translated(this.docker.createVolume({ Name, Driver, DriverOpts, Labels, abortSignal }));
  }

  async removeVolume(name: string): Promise<void> {
    const abortSignal = AbortSignal.timeout(REMOVE_TIMEOUT_MS);
    await this.orMissing(this.docker.getVolume(inPath(name)).remove({ abortSignal }));
  }

  async *events(labels: readonly string[], signal: AbortSignal): AsyncIterable<EngineEvent | 'subscribed'> {
    const filters = { type: ['container' as const], event: WATCHED_EVENTS, label: [...labels] };
    // The stream has no time limit, but Docker answers the subscription immediately.
    const unanswered = new AbortController();
    const timer = setTimeout(() => unanswered.abort(), this.options.answerTimeoutMs);
    const abortSignal = AbortSignal.any([signal, unanswered.signal]);
    const subscription = translated(this.docker.getEvents({ filters, abortSignal }));
    const stream = await subscription.finally(() => clearTimeout(timer));
    yield 'subscribed';
    for await (const line of jsonLines(stream)) {
      const { Action, Actor } = line as DockerEvent;
      const kind = Action === 'start' ? 'started' : 'changed';
      yield { kind, containerId: Actor.ID, labels: Actor.Attributes };
    }
  }

  async logs(container: string, { tty, since, tail, bytesMax }: LogOptions): Promise<LogPiece> {
    // dockerode streams only if its option `follow` is set; Docker reads the query.
    const options: FollowedLogs = {
      follow: true,
      _query: { stdout: true, stderr: true, timestamps: true, ...(since && { since }), ...(tail && { tail }) },
    };
    const stream = await translated(this.docker.getContainer(inPath(container)).logs(options));
    const buffer = await readAtMost(stream, bytesMax);
    return parseLog(buffer, { tty, truncated: buffer.length >= bytesMax });
  }

  async logActivity(container: string, since: string, signal: AbortSignal): Promise<void> {
    const options = { follow: true, stdout: true, stderr: true, since, abortSignal: signal } as const;
    try {
      const stream = await translated(this.docker.getContainer(inPath(container)).logs(options));
      for await (const _chunk of translatingStream(stream)) break;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async stats(container: string): Promise<unknown> {
    return translated(this.docker.getContainer(inPath(container)).stats({ stream: false }));
  }

  private async orMissing<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
      return await translated(answer);
    } catch (error) {
      if (error instanceof EngineError && error.kind === 'missing') return undefined;
      throw error;
    }
  }
}

/**
 * Encodes a name as one segment of a URL's path, so that none of its characters ends the path or begins another
 * segment. A lone surrogate, which a URL cannot contain, becomes the replacement character.
 */
function inPath(name: string): string {
  return encodeURIComponent(Buffer.from(name).toString());
}

function engineVolume({ Name, Driver, Labels }: DockerVolume): EngineVolume {
  return { name: Name, driver: Driver, labels: Labels ?? {} };
}
