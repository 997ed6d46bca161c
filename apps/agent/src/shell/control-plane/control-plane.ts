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
 * The requests that an agent sends to the cluster managers (see the agent protocol in libs/domain). Each request may
 * fail or time out, and the caller retries it.
 */
export abstract class ControlPlane {
  /** Address from which the control plane receives this agent's requests. Undefined until the agent is connected. */
  abstract readonly seenAs: string | undefined;

  abstract register(request: RegisterRequest): Promise<RegisterAnswer>;
  abstract heartbeat(request: HeartbeatRequest): Promise<HeartbeatAnswer>;
  abstract work(request: WorkRequest): Promise<WorkAnswer>;
  abstract taskDefinition(request: TaskDefinitionRequest): Promise<TaskDefinitionAnswer>;
  abstract report(report: TaskReport): Promise<ReportAnswer>;
  abstract recovered(request: RecoveredRequest): Promise<RecoveredAnswer>;
  abstract taskProtection(request: TaskProtectionRequest): Promise<TaskProtectionAnswer>;

  /** Returns a function that ends the subscription. */
  abstract onHint(listener: (hint: Hint) => void): () => void;
  abstract onLogsRequest(handle: (request: LogsRequest) => Promise<LogsAnswer>): () => void;
}
