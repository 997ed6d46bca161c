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
import type { AgentLink } from '@stowage/runtime';
import { ControlPlane } from './control-plane';

/** Connects to the cluster managers over NATS, on the subjects of this instance. */
export class AgentLinkControlPlane extends ControlPlane {
  constructor(
    private readonly link: AgentLink,
    private readonly timeoutMs: number,
  ) {
    super();
  }

  get seenAs(): string | undefined {
    return this.link.seenAs;
  }

  register(request: RegisterRequest): Promise<RegisterAnswer> {
    return this.link.request('register', request, this.timeoutMs);
  }

  heartbeat(request: HeartbeatRequest): Promise<HeartbeatAnswer> {
    return this.link.request('heartbeat', request, this.timeoutMs);
  }

  work(request: WorkRequest): Promise<WorkAnswer> {
    return this.link.request('work', request, this.timeoutMs);
  }

  taskDefinition(request: TaskDefinitionRequest): Promise<TaskDefinitionAnswer> {
    return this.link.request('task-definition', request, this.timeoutMs);
  }

  report(report: TaskReport): Promise<ReportAnswer> {
    return this.link.request('report', report, this.timeoutMs);
  }

  recovered(request: RecoveredRequest): Promise<RecoveredAnswer> {
    return this.link.request('recovered', request, this.timeoutMs);
  }

  taskProtection(request: TaskProtectionRequest): Promise<TaskProtectionAnswer> {
    return this.link.request('task-protection', request, this.timeoutMs);
  }

  onHint(listener: (hint: Hint) => void): () => void {
    return this.link.onHint(listener);
  }

  onLogsRequest(handle: (request: LogsRequest) => Promise<LogsAnswer>): () => void {
    return this.link.onLogsRequest(handle);
  }
}
