import {
  AGENT_MESSAGES,
  type Hint,
  type InstanceId,
  instanceId,
  type LogsAnswer,
  type LogsRequest,
} from '@stowage/domain';
import type { Msg, NatsConnection, Subscription } from 'nats';
import { type AgentAnswer, type AgentRequest, respond, sendRequest, encode } from './agent-channel';
import { drain } from './drain';
import { AGENT_VERBS, agentSubject, type AgentVerb, everyAgentSubject, instanceOfSubject, isInbox } from './subjects';

/**
 * One handler per verb. An error is returned as a fault, and the agent retries. The request is the parsed JSON as it
 * arrived: the handler reads it with `AGENT_MESSAGES`, because the answer to a malformed request depends on the verb.
 */
export type AgentHandlers = {
  readonly [Verb in AgentVerb]: (instance: InstanceId, request: AgentRequest<Verb>) => Promise<AgentAnswer<Verb>>;
};

export interface ServeAgentsOptions {
  /** Queue group of the replicas: each request is delivered to one of them. Heartbeats are always delivered to all. */
  readonly queue?: string;
  readonly onFault?: (error: unknown) => void;
}

/** Maximum number of agent requests that are handled at once. Further requests are dropped, and their agents retry. */
export const AGENT_REQUESTS_MAX = 5_000;

/** Serves the requests of all agents for the cluster manager. Resolves when NATS has received the subscriptions. */
export async function serveAgents(
  nats: NatsConnection,
  handlers: AgentHandlers,
  options: ServeAgentsOptions = {},
): Promise<AgentsServer> {
  const server = new AgentsServer(nats, handlers, options);
  await nats.flush();
  return server;
}

/** Serves the requests of all agents until it is closed. */
export class AgentsServer {
  private readonly subscriptions: readonly Subscription[];
  private readonly onFault: (error: unknown) => void;
  private running = 0;

  constructor(
    nats: NatsConnection,
    private readonly handlers: AgentHandlers,
    { queue, onFault }: ServeAgentsOptions,
  ) {
    this.onFault = onFault ?? (() => undefined);
    this.subscriptions = AGENT_VERBS.map((verb) =>
      nats.subscribe(everyAgentSubject(verb), {
        // Each replica maintains the leases of the agents from the heartbeats that it receives, so each heartbeat goes
        // to all.
        ...(queue && verb !== 'heartbeat' && { queue }),
        callback: (error, message) => {
          if (error) this.onFault(error);
          else void this.handle(verb, message);
        },
      }),
    );
  }

  close(): Promise<void> {
    return drain(this.subscriptions);
  }

  private async handle(verb: AgentVerb, message: Msg): Promise<void> {
    if (this.running >= AGENT_REQUESTS_MAX || !isInbox(message.reply)) return;
    this.running += 1;
    const instance = instanceId(instanceOfSubject(message.subject));
    await respond(message, async () => handleVerb(this.handlers, verb, instance, message), this.onFault);
    this.running -= 1;
  }
}

/** One case per verb, so that each request has the type of its handler. */
function handleVerb(handlers: AgentHandlers, verb: AgentVerb, instance: InstanceId, message: Msg): Promise<unknown> {
  switch (verb) {
    case 'register':
      return handlers.register(instance, message.json());
    case 'heartbeat':
      return handlers.heartbeat(instance, message.json());
    case 'work':
      return handlers.work(instance, message.json());
    case 'task-definition':
      return handlers['task-definition'](instance, message.json());
    case 'report':
      return handlers.report(instance, message.json());
    case 'recovered':
      return handlers.recovered(instance, message.json());
    case 'task-protection':
      return handlers['task-protection'](instance, message.json());
  }
}

/**
 * Notifies an agent that there is news up to a position. The message may be lost; the answer to the next heartbeat
 * contains the position, too.
 */
export function hint(nats: NatsConnection, instance: InstanceId, news: Hint): void {
  nats.publish(agentSubject(instance, 'hint'), encode(news));
}

/**
 * Requests log lines from an agent.
 * @throws AgentChannelError if no answer arrives within `timeoutMs`, which must exceed the request's `waitMs`.
 */
export function requestLogs(
  nats: NatsConnection,
  instance: InstanceId,
  request: LogsRequest,
  timeoutMs: number,
): Promise<LogsAnswer> {
  return sendRequest(nats, agentSubject(instance, 'logs'), request, { timeoutMs, read: AGENT_MESSAGES.logs.answer });
}
