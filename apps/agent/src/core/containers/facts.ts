import type { EpochMs, StopCode } from '@stowage/domain';
import type { Observed } from './observe';

/** Error names of the ECS agent (ecs-api 5.5.5). */
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
  /** `sha256:…` of the registry's manifest. Absent if the image does not come from a registry. */
  readonly digest?: string;
}

/** The state of one container: the state in Docker, and the state that Docker does not store. */
export interface ContainerFacts {
  readonly image?: ReadyImage;
  readonly observed?: Observed;
  /** The container could not be started and will not be started again. */
  readonly failure?: Failure;
  readonly restarts: number;
  /** A create or start is in progress, so the state in Docker may be about to change. */
  readonly busy: boolean;
}

export const NOTHING_KNOWN: ContainerFacts = { restarts: 0, busy: false };

/** The reason for which the agent itself stops a task. */
export interface AgentStop {
  readonly stopCode: StopCode;
  readonly stoppedReason: string;
}

/** The state of one task. */
export interface TaskFacts {
  readonly containers: ReadonlyMap<string, ContainerFacts>;
  /** The start of the task is stored, so that the agent detects after a crash that the start was interrupted. */
  readonly admitted: boolean;
  /** Volumes, cgroup and shared namespaces exist. */
  readonly prepared: boolean;
  /** Volumes, cgroup or shared namespaces could not be created. */
  readonly failure?: Failure;
  /** Set once: the first reason is kept. */
  readonly stop?: AgentStop;
  readonly pullStartedAt?: EpochMs;
  readonly pullStoppedAt?: EpochMs;
  readonly executionStoppedAt?: EpochMs;
}

export function factsOf(facts: TaskFacts, container: string): ContainerFacts {
  return facts.containers.get(container) ?? NOTHING_KNOWN;
}
