import type * as Ecs from '../ecs/shapes';
import type { ClusterName, EpochMs, InstanceId, JournalId, TaskId } from '../ids';
import type { RegisteredResources } from '../resources';
import type { InstanceAttribute } from '../container-instance/records/container-instance';
import type { ContainerReport } from '../task/records/task';
import type { RegisteredDefinition, TaskDefinitionRef } from '../task-definition/records/task-definition';
import type { DesiredStatus, StopCode, TaskStatus } from '../task/records/task-status';

/**
 * The messages between an agent and the cluster manager (docs/agents.md). The agent sends its requests to
 * `agents.<instance>.<verb>`, each with a timeout, and repeats them until it receives a response. The manager's hint
 * and the gateway's request for logs go in the other direction with the same prefix. The subject and not the body
 * contains the instance's id, because an agent's credentials only permit its own subjects. Every message is idempotent.
 */

/** A position in one journal. Positions from a different journal are ignored. */
export interface JournalPosition {
  readonly journal: JournalId;
  readonly sequence: number;
}

/** Largest number of GPUs of one instance. */
export const INSTANCE_GPUS_MAX = 64;

/** `agents.<instance>.register`: sent at every start of the agent. The instance received its id when it joined. */
export interface RegisterRequest {
  readonly cluster: ClusterName;
  readonly ec2InstanceId: string;
  readonly versionInfo: Ecs.VersionInfo;
  readonly resources: RegisteredResources;
  /** All capabilities of the agent (`com.amazonaws.ecs.capability.*`) and its location (`ecs.availability-zone`). */
  readonly attributes: readonly InstanceAttribute[];
  readonly tags: readonly Ecs.Tag[];
}

/** Rejected if the instance was deregistered. The agent then exits and leaves its containers running. */
export type RegisterAnswer =
  | ({ readonly accepted: true; readonly position: JournalPosition } & LeaseTerm)
  | { readonly accepted: false; readonly reason: string };

/** The manager's lease, from which the agent derives the interval of its heartbeats. */
export interface LeaseTerm {
  /** Time without a heartbeat after which the manager disconnects the agent. Managers of earlier versions do not send it. */
  readonly leaseMs?: number;
}

/** Heartbeats per lease: two of them may be lost before the lease ends. */
const HEARTBEATS_PER_LEASE = 3;
/** Interval of the heartbeats to managers that do not report their lease: a third of the default lease. */
const HEARTBEAT_DEFAULT_MS = 10_000;

/** Returns the interval of an agent's heartbeats for a lease, in milliseconds. */
export const heartbeatIntervalMs = (leaseMs: number | undefined): number =>
  leaseMs === undefined ? HEARTBEAT_DEFAULT_MS : Math.max(1, Math.floor(leaseMs / HEARTBEATS_PER_LEASE));

/**
 * `agents.<instance>.heartbeat`: renews the lease. Every manager replica receives it, and the agent uses the first
 * response.
 */
export interface HeartbeatRequest {
  readonly cluster: ClusterName;
  /** The highest position that the agent has seen. */
  readonly seen?: JournalPosition;
}

/**
 * The position at which the instance's work last changed in this replica's state. It limits the effect of a lost hint
 * to one heartbeat interval.
 */
export interface HeartbeatAnswer extends LeaseTerm {
  readonly position: JournalPosition;
  /** False if the instance is not registered, in which case the agent registers again. */
  readonly registered: boolean;
}

/** `agents.<instance>.hint`: a manager publishes it when the instance's work has changed. */
export interface Hint {
  readonly position: JournalPosition;
}

/**
 * `agents.<instance>.work`: the complete work list. The replica waits for a bounded time until it has folded `seen`.
 */
export interface WorkRequest {
  readonly cluster: ClusterName;
  readonly seen?: JournalPosition;
}

/** The agent ignores the response if its position is below the highest one that the agent has seen. */
export interface WorkAnswer {
  readonly position: JournalPosition;
  /** All tasks of the instance that are not STOPPED in the state. */
  readonly tasks: readonly WorkItem[];
  /**
   * Time at which the instance was marked as lost and its tasks as STOPPED. The agent removes every container that is
   * not in the list and then sends `recovered`. Until then no task is placed on the instance.
   */
  readonly lostAt?: EpochMs;
}

/**
 * `agents.<instance>.recovered`: no container is left of the tasks that were stopped at `lostAt`. Repeated until it
 * receives a response.
 */
export interface RecoveredRequest {
  readonly cluster: ClusterName;
  readonly seen?: JournalPosition;
  /** The value from the work list. The message has no effect on a later loss. */
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
  /** Containers in the control plane's state, from which an agent resumes its reports after a restart. */
  readonly containers: readonly {
    readonly name: string;
    readonly arn: string;
    /** GPUs of the instance that are assigned to the container. */
    readonly gpuIds?: readonly string[];
    /** Digest of the image to run. */
    readonly pinnedDigest?: string;
  }[];
  readonly group: string;
  readonly availabilityZone?: string;
  readonly service?: string;
  readonly stop?: { readonly stopCode: StopCode; readonly stoppedReason: string };
}

/** `agents.<instance>.task-definition`: revisions are immutable, so the agent requests each once and keeps it. */
export type TaskDefinitionRequest = TaskDefinitionRef;
export type TaskDefinitionAnswer =
  { readonly found: true; readonly definition: RegisteredDefinition } | { readonly found: false };

/**
 * `agents.<instance>.report`: the agent's latest and complete status of one task, repeated until it receives a
 * response. A report without progress is acknowledged and dropped. The replica first waits until it has folded `seen`.
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
  /** Present for a STOPPED task if the agent knows a cause other than the stop request. */
  readonly stopCode?: StopCode;
  readonly stoppedReason?: string;
}

/** `accepted: false` means that the request is malformed. The agent does not repeat it. */
export interface ReportAnswer {
  readonly accepted: boolean;
  readonly position: JournalPosition;
  readonly reason?: string;
}

/**
 * `agents.<instance>.task-protection`: a container reads or, with `set`, changes the protection of its own task
 * (ecs-api 5.16).
 */
export interface TaskProtectionRequest {
  readonly cluster: ClusterName;
  readonly task: TaskId;
  readonly seen?: JournalPosition;
  readonly set?: { readonly protectionEnabled: boolean; readonly expiresInMinutes?: number };
}

export type TaskProtectionAnswer =
  | { readonly outcome: 'is'; readonly protectedUntil?: EpochMs }
  /** ECS's failure reason, such as `TASK_NOT_VALID`. Control planes of earlier versions send no detail. */
  | { readonly outcome: 'failed'; readonly reason: string; readonly detail?: string }
  /** The request is not valid. */
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string };

/** `agents.<instance>.logs`: the gateway requests a bounded part of a container's log, starting at a cursor. */
export interface LogsRequest {
  readonly task: TaskId;
  /** Absent: the task's only container. The request is rejected if there are several. */
  readonly container?: string;
  /** Opaque value from an earlier response. */
  readonly cursor?: string;
  /** Number of most recent lines to return, in the first request. */
  readonly tail?: number;
  /** Time for which the agent can wait for new lines, in ms, at most `LOGS_WAIT_MAX_MS`. */
  readonly waitMs?: number;
}

export const LOGS_WAIT_MAX_MS = 5_000;
/** Largest number of lines, and of bytes of text, in one response. */
export const LOGS_LINES_MAX = 1_000;
export const LOGS_BYTES_MAX = 256 * 1024;

export type LogsAnswer =
  | {
      readonly found: true;
      readonly lines: readonly LogLine[];
      readonly cursor: string;
      /** True if the container has stopped and the whole log was returned. */
      readonly ended: boolean;
    }
  | { readonly found: false; readonly reason: string };

export interface LogLine {
  readonly at: EpochMs;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
}

/** Identity that an agent keeps after it has joined. */
export interface AgentIdentity {
  readonly cluster: ClusterName;
  readonly instance: InstanceId;
  readonly journal?: JournalId;
}
