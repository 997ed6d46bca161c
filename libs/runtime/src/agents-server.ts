import { type Hint, type InstanceId, instanceId, type LogsAnswer, type LogsRequest } from '@stowage/domain';
import type { Msg, NatsConnection, Subscription } from 'nats';
import { type AgentAnswer, type AgentRequest, answer, ask, encode } from './agent-channel';
import { drain } from './drain';
import { AGENT_VERBS, agentSubject, type AgentVerb, everyAgentSubject, instanceOfSubject, isInbox } from './subjects';

/** One handler a verb. What throws is answered as a fault: the agent asks again. */
export type AgentHandlers = {
  readonly [Verb in AgentVerb]: (instance: InstanceId, request: AgentRequest<Verb>) => Promise<AgentAnswer<Verb>>;
};

export interface ServeAgentsOptions {
  /** Replicas that share the requests, each going to one of them; heartbeats always go to all. */
  readonly queue?: string;
  readonly onFault?: (error: unknown) => void;
}

/** So many requests of agents are handled at once; more go unanswered, and their agents ask again. */
export const AGENT_REQUESTS_MAX = 5_000;

/** The cluster manager's end of the conversations with all agents. Resolves when NATS knows the subscriptions. */
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
  private underWay = 0;

  constructor(
    nats: NatsConnection,
    private readonly handlers: AgentHandlers,
    { queue, onFault }: ServeAgentsOptions,
  ) {
    this.onFault = onFault ?? (() => undefined);
    this.subscriptions = AGENT_VERBS.map((verb) =>
      nats.subscribe(everyAgentSubject(verb), {
        // Each replica judges by the heartbeats that it hears itself, so all hear all.
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
    if (this.underWay >= AGENT_REQUESTS_MAX || !isInbox(message.reply)) return;
    this.underWay += 1;
    const instance = instanceId(instanceOfSubject(message.subject));
    await answer(message, async () => handleVerb(this.handlers, verb, instance, message), this.onFault);
    this.underWay -= 1;
  }
}

/** One case a verb, so that each request has its handler's type. */
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

/** Tells an agent that there is news up to a position. It may be lost: the next heartbeat's answer says it again. */
export function hint(nats: NatsConnection, instance: InstanceId, news: Hint): void {
  nats.publish(agentSubject(instance, 'hint'), encode(news));
}

/** @throws AgentChannelError at the latest after `timeoutMs`, which must exceed the request's `waitMs`. */
export function askForLogs(
  nats: NatsConnection,
  instance: InstanceId,
  request: LogsRequest,
  timeoutMs: number,
): Promise<LogsAnswer> {
  return ask(nats, agentSubject(instance, 'logs'), request, timeoutMs);
}
