import type { Refusal } from '@stowage/domain';
import { type OperationReply, OwnersClient, refusalFrom, type Runtime } from '@stowage/runtime';

const TIMEOUT_MS = 10_000;
export const PRINCIPAL = 'arn:aws:iam::123456789012:user/ann';

/** Sends operations to the cluster managers as the gateway does, over Nest's NATS transport. */
export class OperationsClient {
  private readonly owners: OwnersClient;
  private requests = 0;

  constructor(private readonly runtime: Runtime) {
    this.owners = new OwnersClient(runtime.nats);
  }

  async reply<Output>(operation: string, input: object): Promise<OperationReply<Output>> {
    this.requests += 1;
    const request = {
      operation,
      input,
      caller: { principal: PRINCIPAL, requestId: `request-${this.requests}` },
      atLeast: await this.runtime.journal.lastSequence(),
      receivedAt: this.runtime.now(),
    };
    return this.owners.requestOperation<Output>('cluster-manager', request, TIMEOUT_MS);
  }

  /**
   * Resolves with the output.
   * @throws Refusal if the operation is refused.
   */
  async ask<Output>(operation: string, input: object): Promise<Output> {
    const reply = await this.reply<Output>(operation, input);
    if (reply.ok) return reply.output;
    throw refusalFrom(reply.refusal);
  }

  /** Resolves with the refusal. */
  async refusal(operation: string, input: object): Promise<Refusal> {
    const reply = await this.reply(operation, input);
    if (reply.ok) throw new Error(`${operation} was not refused.`);
    return refusalFrom(reply.refusal);
  }
}
