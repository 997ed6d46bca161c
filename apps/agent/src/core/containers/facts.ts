import type { EpochMs, StopCode } from '@stowage/domain';
import type { Observed } from './observe';

/** The name of an error as ECS's agent spells it (ecs-api 5.5.5). */
export type ErrorName =
  | 'CannotPullContainerError'
  | 'CannotPullContainerAuthError'
  | 'CannotPullImageManifestError'
  | 'CannotCreateContainerError'
  | 'CannotStartContainerError'
  | 'CannotStopContainerError'
  | 'CannotCreateVolumeError'
  | 'DockerStateError'
  | 'DockerTimeoutError'
  | 'OutOfMemoryError'
  | 'ResourceInitializationError'
  | 'TaskDependencyError';

export interface Failure {
  readonly error: ErrorName;
  readonly message: string;
}

/** An image that is on this host. */
export interface ReadyImage {
  readonly id: string;
  /** `sha256:…` of the registry's manifest; absent when the image never came from a registry. */
  readonly digest?: string;
}

/** All that is known of one container: what Docker says, and what Docker does not keep. */
export interface ContainerFacts {
  readonly image?: ReadyImage;
  readonly observed?: Observed;
  /** It could not be brought to run: its life is over. */
  readonly failure?: Failure;
  readonly restarts: number;
  /** A create or start is under way: what Docker says may be about to change. */
  readonly busy: boolean;
}

export const NOTHING_KNOWN: ContainerFacts = { restarts: 0, busy: false };

/** Why the agent itself ends a task. */
export interface AgentStop {
  readonly stopCode: StopCode;
  readonly stoppedReason: string;
}

/** All that is known of one task. */
export interface TaskFacts {
  readonly containers: ReadonlyMap<string, ContainerFacts>;
  /** Its start is on record, so that the agent knows of it should it die in it. */
  readonly admitted: boolean;
  /** Volumes, cgroup and shared namespaces are there. */
  readonly prepared: boolean;
  /** They could not be made. */
  readonly failure?: Failure;
  /** Decided once, kept: the first reason is the one that is remembered. */
  readonly stop?: AgentStop;
  readonly pullStartedAt?: EpochMs;
  readonly pullStoppedAt?: EpochMs;
  readonly executionStoppedAt?: EpochMs;
}

export function factsOf(facts: TaskFacts, container: string): ContainerFacts {
  return facts.containers.get(container) ?? NOTHING_KNOWN;
}
