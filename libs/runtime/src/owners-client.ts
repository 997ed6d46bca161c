import { ClientNats } from '@nestjs/microservices';
import type { NatsConnection } from 'nats';
import { firstValueFrom, TimeoutError, timeout } from 'rxjs';
import type { OperationReply, OperationRequest } from './operations';
import { operationSubject, type OwnerName } from './subjects';

/** No replica of the owner answered in time, or the answer was a fault. A write may or may not have been committed. */
export class OwnerUnavailable extends Error {
  override readonly name = 'OwnerUnavailable';
}

/** Nest's NATS client on a shared connection. */
class SharedClient extends ClientNats {
  constructor(private readonly nats: NatsConnection) {
    super({});
  }

  override createClient(): Promise<NatsConnection> {
    return Promise.resolve(this.nats);
  }

  override handleStatusUpdates(): Promise<void> {
    return Promise.resolve();
  }
}

/** Sends operations to their owners. */
export class OwnersClient {
  private readonly client: ClientNats;

  constructor(nats: NatsConnection) {
    this.client = new SharedClient(nats);
  }

  /**
   * Resolves with the owner's reply, which may be a refusal.
   * @throws OwnerUnavailable if no reply arrives within `timeoutMs`, or if the reply is a fault.
   */
  async requestOperation<Output>(
    owner: OwnerName,
    request: OperationRequest,
    timeoutMs: number,
  ): Promise<OperationReply<Output>> {
    const pattern = operationSubject(owner, request.operation);
    try {
      const answers = this.client.send<OperationReply<Output>, OperationRequest>(pattern, request);
      return await firstValueFrom(answers.pipe(timeout(timeoutMs)));
    } catch (error) {
      throw new OwnerUnavailable(`${pattern}: ${faultText(error, timeoutMs)}`, { cause: error });
    }
  }
}

function faultText(error: unknown, timeoutMs: number): string {
  if (error instanceof TimeoutError) return `no answer within ${String(timeoutMs)} ms`;
  if (error instanceof Error) return error.message;
  return JSON.stringify(error);
}
