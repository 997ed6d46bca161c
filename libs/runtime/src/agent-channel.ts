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

/** What is asked and answered under each verb. */
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

/** The other side did not answer in time, is not there, or answered with a fault: ask again later. */
export class AgentChannelError extends Error {
  override readonly name = 'AgentChannelError';
}

const FAULT_HEADER = 'Stowage-Fault';

export const encode = (body: unknown): Uint8Array => Buffer.from(JSON.stringify(body));

/** A request with a JSON body and a hard time-out. @throws AgentChannelError */
export async function ask<Answer>(
  nats: NatsConnection,
  subject: string,
  body: unknown,
  timeoutMs: number,
): Promise<Answer> {
  let answer: Msg;
  try {
    answer = await nats.request(subject, encode(body), { timeout: timeoutMs });
  } catch (error) {
    throw new AgentChannelError(`${subject}: ${errorText(error)}`);
  }
  const fault = answer.headers?.get(FAULT_HEADER);
  if (fault) throw new AgentChannelError(`${subject}: ${fault}`);
  return answer.json<Answer>();
}

/** Answers `message` with what `handle` makes of it, or with a fault: the asker asks again. */
export async function answer(
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
    // The connection has ended meanwhile; the asker's time-out tells it.
    onFault(closed);
  }
}
