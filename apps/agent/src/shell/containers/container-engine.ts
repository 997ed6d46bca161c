import type { ContainerCreateBody, ContainerInspect, ContainerSummary } from '../../core/containers/docker-json';
import type { ReadyImage } from '../../core/containers/facts';
import type { LogPiece } from '../../core/containers/docker-log';
import type { RegistryAuth } from '../../core/images/registry-auth';
import type { EngineFacts } from '../../core/control-plane/registration';

/**
 * What can go wrong with the engine. `unreachable`: it is not there, or went away in the middle: ask again later.
 * `timeout`: it did not answer within the bound. `missing`: no such object. `conflict`: a name is taken, or the object
 * is in the wrong state. `refused`: it understood and will not; its words are the message.
 */
export type EngineErrorKind = 'unreachable' | 'timeout' | 'missing' | 'conflict' | 'refused';

export class EngineError extends Error {
  override readonly name = 'EngineError';

  constructor(
    readonly kind: EngineErrorKind,
    message: string,
  ) {
    super(message);
  }
}

/** A change of a container that this agent made. */
export interface EngineEvent {
  readonly kind: 'started' | 'changed';
  readonly containerId: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface EngineVolume {
  readonly name: string;
  readonly driver: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface VolumeOptions {
  readonly name: string;
  readonly driver: string;
  readonly driverOpts: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

export interface LogOptions {
  readonly tty: boolean;
  /** Seconds and nanoseconds. */
  readonly since?: string;
  /** Only the last messages, at most this number. */
  readonly tail?: number;
  /** Only so many bytes are read. */
  readonly bytesMax: number;
}

export interface PullOptions {
  readonly auth?: RegistryAuth;
  readonly signal: AbortSignal;
  /** The pull fails if Docker reports no progress for this time, in milliseconds. */
  readonly inactivityMs: number;
}

/** The container runtime of this host. Docker is the one implementation; every method throws {@link EngineError}. */
export abstract class ContainerEngine {
  abstract facts(): Promise<EngineFacts>;

  /** Undefined when it is not on this host. */
  abstract image(name: string): Promise<(ReadyImage & { readonly repoDigests: readonly string[] }) | undefined>;
  abstract pull(image: string, options: PullOptions): Promise<void>;
  /** Makes an image of a tar archive of its files. */
  abstract importImage(name: string, archive: Buffer): Promise<void>;

  /** Answers the container's id. @throws EngineError `conflict` when there is one of that name. */
  abstract create(name: string, body: ContainerCreateBody, signal: AbortSignal): Promise<string>;
  /** Of a running container it does nothing. */
  abstract start(container: string, signal: AbortSignal): Promise<void>;
  /** The image's stop signal, then SIGKILL; resolves when it has stopped. Of a stopped one it does nothing. */
  abstract stop(container: string, graceMs: number): Promise<void>;
  /** With its anonymous volumes, even when it runs; one that is not there is fine. */
  abstract remove(container: string): Promise<void>;
  /** By id or name; undefined when there is none. */
  abstract inspect(container: string): Promise<ContainerInspect | undefined>;
  /** All, stopped ones too, with all of the labels given as `name` or `name=value`. */
  abstract list(labels: readonly string[]): Promise<readonly ContainerSummary[]>;

  abstract volume(name: string): Promise<EngineVolume | undefined>;
  abstract createVolume(options: VolumeOptions, signal: AbortSignal): Promise<void>;
  /** One that is not there is fine. */
  abstract removeVolume(name: string): Promise<void>;

  /**
   * Starts, ends, changes of health and removals of containers with all of `labels`, from now on; the first item comes when the
   * subscription stands. Ends or throws when the engine goes away.
   */
  abstract events(labels: readonly string[], signal: AbortSignal): AsyncIterable<EngineEvent | 'subscribed'>;
  abstract logs(container: string, options: LogOptions): Promise<LogPiece>;
  /** Resolves when there is a line of `since` or later, the container has stopped, or the signal aborts. */
  abstract logActivity(container: string, since: string, signal: AbortSignal): Promise<void>;
  /** Docker's own statistics document. */
  abstract stats(container: string): Promise<unknown>;
}
