import { AGENT_MESSAGES, type Hint, type InstanceId, type LogsAnswer, type LogsRequest } from '@stowage/domain';
import type { Msg, NatsConnection } from 'nats';
import { type AgentAnswer, type AgentRequest, respond, sendRequest } from './agent-channel';
import { agentSubject, type AgentVerb } from './subjects';

/** Readers of the answers, by verb. */
const ANSWERS: { readonly [Verb in AgentVerb]: { readonly answer: (body: unknown) => AgentAnswer<Verb> } } =
  AGENT_MESSAGES;

/** Called with errors of handlers. The peer has already received them as faults. */
export type OnFault = (error: unknown) => void;

/** The agent's end of the protocol between agents and cluster managers (libs/domain, agent-protocol). */
export class AgentLink {
  constructor(
    private readonly nats: NatsConnection,
    private readonly instance: InstanceId,
    private readonly onFault: OnFault = () => undefined,
  ) {}

  /** The address of this agent as the control plane sees it. NATS reports it to each client that connects. */
  get seenAs(): string | undefined {
    return this.nats.info?.client_ip;
  }

  /**
   * Sends a request to the cluster manager.
   * @throws AgentChannelError if no answer arrives within `timeoutMs`, or if the answer is a fault or has a wrong
   * member. The caller may retry.
   */
  request<Verb extends AgentVerb>(verb: Verb, body: AgentRequest<Verb>, timeoutMs: number): Promise<AgentAnswer<Verb>> {
    return sendRequest(this.nats, agentSubject(this.instance, verb), body, {
      timeoutMs,
      read: ANSWERS[verb].answer,
    });
  }

  /** Calls `listener` when the cluster manager has news for this agent. Returns a function that unsubscribes. */
  onHint(listener: (hint: Hint) => void): () => void {
    return this.listen('hint', (message) => listener(AGENT_MESSAGES.hint.request(message.json())));
  }

  /** Calls `handle` when the gateway requests a part of a container's log. Returns a function that unsubscribes. */
  onLogsRequest(handle: (request: LogsRequest) => Promise<LogsAnswer>): () => void {
    return this.listen('logs', (message) => {
      void respond(message, async () => handle(AGENT_MESSAGES.logs.request(message.json())), this.onFault);
    });
  }

  private listen(verb: 'hint' | 'logs', handle: (message: Msg) => void): () => void {
    const subscription = this.nats.subscribe(agentSubject(this.instance, verb), {
      callback: (error, message) => {
        if (error) return this.onFault(error);
        try {
          handle(message);
        } catch (fault) {
          this.onFault(fault);
        }
      },
    });
    return () => subscription.unsubscribe();
  }
}
