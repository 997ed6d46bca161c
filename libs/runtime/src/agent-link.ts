import type { Hint, InstanceId, LogsAnswer, LogsRequest } from '@stowage/domain';
import type { Msg, NatsConnection } from 'nats';
import { type AgentAnswer, type AgentRequest, answer, ask } from './agent-channel';
import { agentSubject, type AgentVerb } from './subjects';

/** Called with what could not be handled; the peer was told so already. */
export type OnFault = (error: unknown) => void;

/** The agent's end of its conversation with the cluster managers (libs/domain, agent-protocol). */
export class AgentLink {
  constructor(
    private readonly nats: NatsConnection,
    private readonly instance: InstanceId,
    private readonly onFault: OnFault = () => undefined,
  ) {}

  /** The address that the control plane sees this agent at: NATS tells each client when it connects. */
  get seenAs(): string | undefined {
    return this.nats.info?.client_ip;
  }

  /** @throws AgentChannelError at the latest after `timeoutMs`: ask again. */
  request<Verb extends AgentVerb>(verb: Verb, body: AgentRequest<Verb>, timeoutMs: number): Promise<AgentAnswer<Verb>> {
    return ask(this.nats, agentSubject(this.instance, verb), body, timeoutMs);
  }

  /** There is news for this agent. Returns how to stop listening. */
  onHint(listener: (hint: Hint) => void): () => void {
    return this.listen('hint', (message) => listener(message.json<Hint>()));
  }

  /** The gateway asks for a piece of a container's log. Returns how to stop listening. */
  onLogsRequest(handle: (request: LogsRequest) => Promise<LogsAnswer>): () => void {
    return this.listen('logs', (message) => {
      void answer(message, () => handle(message.json<LogsRequest>()), this.onFault);
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
