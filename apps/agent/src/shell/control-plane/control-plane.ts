import type {
  HeartbeatAnswer,
  HeartbeatRequest,
  Hint,
  LogsAnswer,
  LogsRequest,
  RecoveredAnswer,
  RecoveredRequest,
  RegisterAnswer,
  RegisterRequest,
  ReportAnswer,
  TaskDefinitionAnswer,
  TaskDefinitionRequest,
  TaskProtectionAnswer,
  TaskProtectionRequest,
  TaskReport,
  WorkAnswer,
  WorkRequest,
} from '@stowage/domain';

/**
 * The cluster managers, as this instance's agent sees them (libs/domain, agent-protocol). Every request may fail or go
 * unanswered: the caller asks again later.
 */
export abstract class ControlPlane {
  /** The address that this agent is seen at, once it is connected. */
  abstract readonly seenAs: string | undefined;

  abstract register(request: RegisterRequest): Promise<RegisterAnswer>;
  abstract heartbeat(request: HeartbeatRequest): Promise<HeartbeatAnswer>;
  abstract work(request: WorkRequest): Promise<WorkAnswer>;
  abstract taskDefinition(request: TaskDefinitionRequest): Promise<TaskDefinitionAnswer>;
  abstract report(report: TaskReport): Promise<ReportAnswer>;
  abstract recovered(request: RecoveredRequest): Promise<RecoveredAnswer>;
  abstract taskProtection(request: TaskProtectionRequest): Promise<TaskProtectionAnswer>;

  /** Returns how to stop listening. */
  abstract onHint(listener: (hint: Hint) => void): () => void;
  abstract onLogsRequest(handle: (request: LogsRequest) => Promise<LogsAnswer>): () => void;
}
