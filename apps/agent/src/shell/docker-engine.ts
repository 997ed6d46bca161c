import Docker from 'dockerode';
import { Readable } from 'node:stream';
import { gatewayOf } from '../core/bridge-gateway';
import type { ContainerCreateBody, ContainerInspect, ContainerSummary } from '../core/docker-json';
import type { ReadyImage } from '../core/facts';
import { digestOf, parseImage } from '../core/image-reference';
import { type LogPiece, parseLog } from '../core/docker-log';
import type { EngineFacts } from '../core/registration';
import {
  ContainerEngine,
  EngineError,
  type EngineEvent,
  type EngineVolume,
  type LogOptions,
  type PullOptions,
  type VolumeOptions,
} from './container-engine';
import { drain, jsonLines, readAtMost } from './docker-streams';
import { isMissing, translated, translatingStream, unlessDone } from './docker-errors';
import type { DockerEvent, DockerInfo, DockerNetwork, DockerVolume } from './docker-documents';

type FollowedLogs = Docker.ContainerLogsOptions & { readonly follow: true; readonly _query: object };

const MS_PER_S = 1_000;
/** Ends, changes of health and removals: what an agent does not do itself. */
const WATCHED_EVENTS = ['die', 'oom', 'health_status', 'destroy'];

export interface DockerEngineOptions {
  readonly socketPath: string;
  /** How long a question that changes nothing may take. */
  readonly answerTimeoutMs: number;
}

/** Docker through dockerode, and its JSON made ours. Nothing else in Stowage speaks with Docker. */
export class DockerEngine extends ContainerEngine {
  private readonly docker: Docker;

  constructor(private readonly options: DockerEngineOptions) {
    super();
    this.docker = new Docker({ socketPath: options.socketPath });
  }

  async facts(): Promise<EngineFacts> {
    const [info, version, gateway] = await translated(
      Promise.all([this.docker.info() as Promise<DockerInfo>, this.docker.version(), this.bridgeGateway()]),
    );
    return {
      version: version.Version,
      apiVersion: version.ApiVersion,
      cpus: info.NCPU,
      memoryBytes: info.MemTotal,
      architecture: info.Architecture,
      logDrivers: info.Plugins.Log ?? [],
      volumeDrivers: info.Plugins.Volume ?? [],
      securityOptions: info.SecurityOptions ?? [],
      cgroupDriver: info.CgroupDriver,
      cgroupVersion: info.CgroupVersion ?? '1',
      ...(gateway && { bridgeGateway: gateway }),
    };
  }

  /** There is none when Docker runs without its default bridge. */
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
    const inspect = await this.orMissing(this.docker.getImage(name).inspect());
    if (!inspect) return undefined;
    const repoDigests = inspect.RepoDigests;
    const digest = digestOf(name, repoDigests);
    return { id: inspect.Id, repoDigests, ...(digest !== undefined && { digest }) };
  }

  async pull(image: string, { auth, signal }: PullOptions): Promise<void> {
    const { repository, tag, digest } = parseImage(image);
    const options = { fromImage: repository, tag: digest ?? tag ?? 'latest', abortSignal: signal };
    const stream = await translated(this.docker.createImage(auth ?? {}, options));
    await drain(stream);
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
    await unlessDone(this.docker.getContainer(container).start({ abortSignal: signal }));
  }

  async stop(container: string, graceMs: number): Promise<void> {
    const t = Math.max(1, Math.ceil(graceMs / MS_PER_S));
    await unlessDone(this.docker.getContainer(container).stop({ t }));
  }

  async remove(container: string): Promise<void> {
    await this.orMissing(this.docker.getContainer(container).remove({ force: true, v: true }));
  }

  async inspect(container: string): Promise<ContainerInspect | undefined> {
    const found = await this.orMissing(this.docker.getContainer(container).inspect({ abortSignal: this.bound() }));
    return found as ContainerInspect | undefined;
  }

  async list(labels: readonly string[]): Promise<readonly ContainerSummary[]> {
    const filters = { label: [...labels] };
    return translated(this.docker.listContainers({ all: true, filters, abortSignal: this.bound() }));
  }

  async volume(name: string): Promise<EngineVolume | undefined> {
    const found = await this.orMissing(this.docker.getVolume(name).inspect({ abortSignal: this.bound() }));
    return found && engineVolume(found);
  }

  async createVolume({ name, driver, driverOpts, labels }: VolumeOptions): Promise<void> {
    await translated(
      this.docker.createVolume({ Name: name, Driver: driver, DriverOpts: { ...driverOpts }, Labels: { ...labels } }),
    );
  }

  async listVolumes(labels: readonly string[]): Promise<readonly EngineVolume[]> {
    const filters = JSON.stringify({ label: labels });
    const answer = await translated(this.docker.listVolumes({ filters }));
    const { Volumes: volumes } = answer as { readonly Volumes: readonly DockerVolume[] | null };
    return volumes?.map(engineVolume) ?? [];
  }

  async removeVolume(name: string): Promise<void> {
    await this.orMissing(this.docker.getVolume(name).remove());
  }

  async *events(labels: readonly string[], signal: AbortSignal): AsyncIterable<EngineEvent | 'subscribed'> {
    const filters = { type: ['container' as const], event: WATCHED_EVENTS, label: [...labels] };
    const stream = await translated(this.docker.getEvents({ filters, abortSignal: signal }));
    yield 'subscribed';
    for await (const line of jsonLines(translatingStream(stream))) {
      const { Actor } = line as DockerEvent;
      yield { containerId: Actor.ID, labels: Actor.Attributes };
    }
  }

  async logs(container: string, { tty, since, tail, bytesMax }: LogOptions): Promise<LogPiece> {
    // dockerode streams only what it believes to be followed; the query is what Docker sees.
    const options: FollowedLogs = {
      follow: true,
      _query: { stdout: true, stderr: true, timestamps: true, ...(since && { since }), ...(tail && { tail }) },
      abortSignal: this.bound(),
    };
    const stream = await translated(this.docker.getContainer(container).logs(options));
    const buffer = await readAtMost(stream, bytesMax);
    return parseLog(buffer, { tty, truncated: buffer.length >= bytesMax });
  }

  async logActivity(container: string, since: string, signal: AbortSignal): Promise<void> {
    const options = { follow: true, stdout: true, stderr: true, since, abortSignal: signal } as const;
    try {
      const stream = await translated(this.docker.getContainer(container).logs(options));
      for await (const _chunk of translatingStream(stream)) break;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async stats(container: string): Promise<unknown> {
    return translated(this.docker.getContainer(container).stats({ stream: false }));
  }

  /** For questions: their answers are at hand. */
  private bound(): AbortSignal {
    return AbortSignal.timeout(this.options.answerTimeoutMs);
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

function engineVolume({ Name, Driver, Labels }: DockerVolume): EngineVolume {
  return { name: Name, driver: Driver, labels: Labels ?? {} };
}
