import type * as Ecs from '../ecs/shapes';
import type { ClusterName, EpochMs, InstanceId, JournalId, TaskId } from '../ids';
import type { RegisteredResources } from '../resources';
import type { InstanceAttribute } from '../container-instance/records/container-instance';
import type { ContainerReport } from '../task/records/task';
import type { RegisteredDefinition, TaskDefinitionRef } from '../task-definition/records/task-definition';
import type { DesiredStatus, StopCode, TaskStatus } from '../task/records/task-status';

/**
 * The messages between an agent and the cluster manager (docs/agents.md). All requests go from the agent to
 * `agents.<instance>.<verb>`, each with a time-out and repeated until it is answered; the manager's hint and the
 * gateway's question for logs go the other way on the same prefix. The instance's id is the subject's, never the body's:
 * an agent's credentials let it speak for itself only. Every message is idempotent.
 */

/** A position in one journal. Of another journal's id nothing is believed. */
export interface JournalPosition {
  readonly journal: JournalId;
  readonly sequence: number;
}

/** So many GPUs one instance may have. */
export const INSTANCE_GPUS_MAX = 64;

/** `agents.<instance>.register`: at every start of the agent; the id was given when it joined. */
export interface RegisterRequest {
  readonly cluster: ClusterName;
  readonly ec2InstanceId: string;
  readonly versionInfo: Ecs.VersionInfo;
  readonly resources: RegisteredResources;
  /** Everything the agent can do (`com.amazonaws.ecs.capability.*`) and where it is (`ecs.availability-zone`). */
  readonly attributes: readonly InstanceAttribute[];
  readonly tags: readonly Ecs.Tag[];
}

/** Refused when the instance was deregistered: the agent then leaves its containers alone and ends. */
export type RegisterAnswer =
  | { readonly accepted: true; readonly position: JournalPosition }
  | { readonly accepted: false; readonly reason: string };

/** `agents.<instance>.heartbeat`: renews the lease; every manager replica hears it, the first answer counts. */
export interface HeartbeatRequest {
  readonly cluster: ClusterName;
  /** The highest position that the agent has seen. */
  readonly seen?: JournalPosition;
}

/** The position at which the instance's work last changed, as far as this replica knows: a lost hint costs one heartbeat. */
export interface HeartbeatAnswer {
  readonly position: JournalPosition;
  /** Whether the instance is registered; when it is not, the agent registers anew. */
  readonly registered: boolean;
}

/** `agents.<instance>.hint`, published by a manager: there is news. */
export interface Hint {
  readonly position: JournalPosition;
}

/** `agents.<instance>.work`: the whole list. Waits (bounded) until the replica has folded `seen`. */
export interface WorkRequest {
  readonly cluster: ClusterName;
  readonly seen?: JournalPosition;
}

/** The answer is only acted on when its position is not below the highest one the agent has seen. */
export interface WorkAnswer {
  readonly position: JournalPosition;
  /** All tasks of the instance that the books do not hold STOPPED. */
  readonly tasks: readonly WorkItem[];
  /**
   * The books gave the instance up at that time, and its tasks with it. The agent removes every container that is not of
   * the list, then says so under `recovered`: until then nothing is placed here.
   */
  readonly lostAt?: EpochMs;
}

/** `agents.<instance>.recovered`: nothing is left of the tasks that were given up at `lostAt`. Repeated until answered. */
export interface RecoveredRequest {
  readonly cluster: ClusterName;
  readonly seen?: JournalPosition;
  /** As the work list gave it: of a later loss this is no word. */
  readonly lostAt: EpochMs;
}

export interface RecoveredAnswer {
  readonly position: JournalPosition;
}

export interface WorkItem {
  readonly task: TaskId;
  readonly taskArn: string;
  readonly cluster: ClusterName;
  readonly clusterArn: string;
  readonly taskDefinition: TaskDefinitionRef;
  readonly overrides: Ecs.TaskOverride;
  readonly desiredStatus: DesiredStatus;
  readonly lastStatus: TaskStatus;
  /** The containers as the books know them: after a restart an agent reports on from here. */
  readonly containers: readonly {
    readonly name: string;
    readonly arn: string;
    /** The GPUs of the instance that are its own. */
    readonly gpuIds?: readonly string[];
    /** The image to run is the one with this digest. */
    readonly pinnedDigest?: string;
  }[];
  readonly group: string;
  readonly availabilityZone?: string;
  readonly service?: string;
  readonly stop?: { readonly stopCode: StopCode; readonly stoppedReason: string };
}

/** `agents.<instance>.task-definition`: revisions never change, so the agent asks once and keeps them. */
export type TaskDefinitionRequest = TaskDefinitionRef;
export type TaskDefinitionAnswer =
  { readonly found: true; readonly definition: RegisteredDefinition } | { readonly found: false };

/**
 * `agents.<instance>.report`: the newest the agent knows of one task, always complete, repeated until answered. A report
 * that moves nothing forward is acknowledged and forgotten. The replica first waits until it has folded `seen`.
 */
export interface TaskReport {
  readonly cluster: ClusterName;
  readonly task: TaskId;
  readonly seen?: JournalPosition;
  readonly lastStatus: 'PENDING' | 'RUNNING' | 'STOPPED';
  readonly containers: readonly ContainerReport[];
  readonly pullStartedAt?: EpochMs;
  readonly pullStoppedAt?: EpochMs;
  readonly executionStoppedAt?: EpochMs;
  /** Of a STOPPED task, when the agent knows better than "it was told to". */
  readonly stopCode?: StopCode;
  readonly stoppedReason?: string;
}

/** `accepted: false` only when the request itself is malformed; it is not repeated then. */
export interface ReportAnswer {
  readonly accepted: boolean;
  readonly position: JournalPosition;
  readonly reason?: string;
}

/** `agents.<instance>.task-protection`: a container asks for its own task (ecs-api 5.16); without `set`, how it is. */
export interface TaskProtectionRequest {
  readonly cluster: ClusterName;
  readonly task: TaskId;
  readonly seen?: JournalPosition;
  readonly set?: { readonly protectionEnabled: boolean; readonly expiresInMinutes?: number };
}

export type TaskProtectionAnswer =
  | { readonly outcome: 'is'; readonly protectedUntil?: EpochMs }
  /** For a reason of ECS's, such as `TASK_NOT_VALID`. Control planes of earlier versions send no detail. */
  | { readonly outcome: 'failed'; readonly reason: string; readonly detail?: string }
  /** What was asked for is none that anybody could be given. */
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string };

/** `agents.<instance>.logs`, asked by the gateway: a bounded piece of a container's log from a cursor on. */
export interface LogsRequest {
  readonly task: TaskId;
  /** Without it, the task's only container, else refused. */
  readonly container?: string;
  /** Opaque, of an earlier answer. */
  readonly cursor?: string;
  /** Only the last so many lines, at the first request. */
  readonly tail?: number;
  /** How long the agent may wait for new lines, in ms, at most `LOGS_WAIT_MAX_MS`. */
  readonly waitMs?: number;
}

export const LOGS_WAIT_MAX_MS = 5_000;
/** At most so many lines, and so many bytes of text, in one answer. */
export const LOGS_LINES_MAX = 1_000;
export const LOGS_BYTES_MAX = 256 * 1024;

export type LogsAnswer =
  | {
      readonly found: true;
      readonly lines: readonly LogLine[];
      readonly cursor: string;
      /** Nothing will follow: the container has stopped and all of it was read. */
      readonly ended: boolean;
    }
  | { readonly found: false; readonly reason: string };

export interface LogLine {
  readonly at: EpochMs;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** What an agent keeps from its joining. */
export interface AgentIdentity {
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly journal?: JournalId;
}
