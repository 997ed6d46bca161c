import type { ContainerCreateBody, ContainerInspect, ContainerSummary } from '../../core/containers/docker-json';
import type { ReadyImage } from '../../core/containers/facts';
import type { LogPiece } from '../../core/containers/docker-log';
import type { RegistryAuth } from '../../core/images/registry-auth';
import type { EngineFacts } from '../../core/control-plane/registration';

/**
 * Kinds of failures of the engine. `unreachable`: the engine is not running, or closed the connection; retry later.
 * `timeout`: it did not answer within the time limit. `missing`: the object does not exist. `conflict`: the name is in
 * use, or the object is in the wrong state. `refused`: the engine rejected the request, and its error is the message.
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

/** A change of a container that this agent created. */
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
  /** Start of the log in seconds and nanoseconds. */
  readonly since?: string;
  /** Maximum number of messages to read, from the end of the log. */
  readonly tail?: number;
  /** Maximum number of bytes to read. */
  readonly bytesMax: number;
}

export interface PullOptions {
  readonly auth?: RegistryAuth;
  readonly signal: AbortSignal;
  /** The pull fails if Docker reports no progress for this time, in milliseconds. */
  readonly inactivityMs: number;
}

/** The container runtime of this host. Docker is the only implementation. Every method throws {@link EngineError}. */
export abstract class ContainerEngine {
  abstract facts(): Promise<EngineFacts>;

  /** Resolves with undefined if the image is not on this host. */
  abstract image(name: string): Promise<(ReadyImage & { readonly repoDigests: readonly string[] }) | undefined>;
  abstract pull(image: string, options: PullOptions): Promise<void>;
  /** Creates an image from a tar archive of its files. */
  abstract importImage(name: string, archive: Buffer): Promise<void>;

  /**
   * Resolves with the id of the container.
   * @throws EngineError `conflict` if a container has this name
   */
  abstract create(name: string, body: ContainerCreateBody, signal: AbortSignal): Promise<string>;
  /** Does nothing if the container is running. */
  abstract start(container: string, signal: AbortSignal): Promise<void>;
  /**
   * Sends the stop signal of the image, and SIGKILL after `graceMs`. Resolves when the container has stopped. Does
   * nothing if it is already stopped.
   */
  abstract stop(container: string, graceMs: number): Promise<void>;
  /** Removes the container and its anonymous volumes, even if it is running. Does nothing if it does not exist. */
  abstract remove(container: string): Promise<void>;
  /** Finds a container by id or name. Resolves with undefined if it does not exist. */
  abstract inspect(container: string): Promise<ContainerInspect | undefined>;
  /**
   * Resolves with all containers, including stopped ones, that have all of the given labels (`name` or `name=value`).
   */
  abstract list(labels: readonly string[]): Promise<readonly ContainerSummary[]>;

  abstract volume(name: string): Promise<EngineVolume | undefined>;
  abstract createVolume(options: VolumeOptions, signal: AbortSignal): Promise<void>;
  /** Does nothing if the volume does not exist. */
  abstract removeVolume(name: string): Promise<void>;

  /**
   * Yields starts, ends, changes of health and removals of containers with all of `labels`, from now on. The first item
   * is `subscribed`, as soon as the subscription is active. Ends or throws if the engine closes the connection.
   */
  abstract events(labels: readonly string[], signal: AbortSignal): AsyncIterable<EngineEvent | 'subscribed'>;
  abstract logs(container: string, options: LogOptions): Promise<LogPiece>;
  /** Resolves when the log contains a line at or after `since`, the container has stopped, or the signal aborts. */
  abstract logActivity(container: string, since: string, signal: AbortSignal): Promise<void>;
  /** Resolves with Docker's own statistics document. */
  abstract stats(container: string): Promise<unknown>;
}
