import type {
  HeartbeatAnswer,
  HeartbeatRequest,
  Hint,
  InstanceId,
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
import { errorText } from '@stowage/concurrency';
import { headers, type Msg, type NatsConnection } from 'nats';
import type { AgentVerb } from './subjects';

/** The request and the answer of each verb. */
export interface AgentProtocol {
  readonly register: { readonly request: RegisterRequest; readonly answer: RegisterAnswer };
  readonly heartbeat: { readonly request: HeartbeatRequest; readonly answer: HeartbeatAnswer };
  readonly work: { readonly request: WorkRequest; readonly answer: WorkAnswer };
  readonly 'task-definition': { readonly request: TaskDefinitionRequest; readonly answer: TaskDefinitionAnswer };
  readonly report: { readonly request: TaskReport; readonly answer: ReportAnswer };
  readonly 'task-protection': { readonly request: TaskProtectionRequest; readonly answer: TaskProtectionAnswer };
  readonly recovered: { readonly request: RecoveredRequest; readonly answer: RecoveredAnswer };
}
export type AgentRequest<Verb extends AgentVerb> = AgentProtocol[Verb]['request'];
export type AgentAnswer<Verb extends AgentVerb> = AgentProtocol[Verb]['answer'];
export type { Hint, InstanceId, LogsAnswer, LogsRequest };

/** The peer did not answer in time, is not connected, or answered with a fault. The caller may retry later. */
export class AgentChannelError extends Error {
  override readonly name = 'AgentChannelError';
}

const FAULT_HEADER = 'Stowage-Fault';

export const encode = (body: unknown): Uint8Array => Buffer.from(JSON.stringify(body));

/**
 * Sends a request with a JSON body and resolves with the answer.
 * @throws AgentChannelError if no answer arrives within `timeoutMs`, or if the answer is a fault.
 */
export async function sendRequest<Answer>(
  nats: NatsConnection,
  subject: string,
  body: unknown,
  { timeoutMs, read }: { readonly timeoutMs: number; readonly read: (answer: unknown) => Answer },
): Promise<Answer> {
  let answer: Msg;
  try {
    answer = await nats.request(subject, encode(body), { timeout: timeoutMs });
  } catch (error) {
    throw new AgentChannelError(`${subject}: ${errorText(error)}`);
  }
  const fault = answer.headers?.get(FAULT_HEADER);
  if (fault) throw new AgentChannelError(`${subject}: ${fault}`);
  try {
    return read(answer.json());
  } catch (error) {
    throw new AgentChannelError(`${subject}: the answer is not valid: ${errorText(error)}`);
  }
}

/**
 * Answers `message` with the result of `handle`. If `handle` fails, answers with a fault, so that the sender retries.
 */
export async function respond(
  message: Msg,
  handle: () => Promise<unknown>,
  onFault: (error: unknown) => void,
): Promise<void> {
  try {
    message.respond(encode(await handle()));
  } catch (error) {
    onFault(error);
    respondFault(message, error, onFault);
  }
}

function respondFault(message: Msg, error: unknown, onFault: (error: unknown) => void): void {
  const fault = headers();
  fault.set(FAULT_HEADER, errorText(error).replace(/[\r\n]+/g, ' '));
  try {
    message.respond(undefined, { headers: fault });
  } catch (closed) {
    // The connection has ended meanwhile. The sender's request times out.
    onFault(closed);
  }
}
