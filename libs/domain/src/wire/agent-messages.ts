import * as answers from './agent-answers';
import * as requests from './agent-requests';

/**
 * Readers of the messages between agents and cluster managers, by verb. They are the only validation of the protocol:
 * managers read requests with them, and agents read answers. Each reader throws a `Refusal` that names the wrong member.
 */
export const AGENT_MESSAGES = {
  register: { request: requests.readRegisterRequest, answer: answers.readRegisterAnswer },
  heartbeat: { request: requests.readHeartbeatRequest, answer: answers.readHeartbeatAnswer },
  work: { request: requests.readWorkRequest, answer: answers.readWorkAnswer },
  'task-definition': { request: requests.readTaskDefinitionRequest, answer: answers.readTaskDefinitionAnswer },
  report: { request: requests.readTaskReport, answer: answers.readReportAnswer },
  'task-protection': { request: requests.readTaskProtectionRequest, answer: answers.readTaskProtectionAnswer },
  recovered: { request: requests.readRecoveredRequest, answer: answers.readRecoveredAnswer },
  /** From the gateway to the agent. */
  logs: { request: requests.readLogsRequest, answer: answers.readLogsAnswer },
  /** From a manager to the agent, without an answer. */
  hint: { request: answers.readHint },
} as const;
