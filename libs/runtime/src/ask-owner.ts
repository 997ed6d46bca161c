import { ClientNats } from '@nestjs/microservices';
import type { NatsConnection } from 'nats';
import { firstValueFrom, TimeoutError, timeout } from 'rxjs';
import type { OperationReply, OperationRequest } from './operations';
import { operationSubject, type OwnerName } from './subjects';

/** No replica of the owner answered in time, or the answer was a fault. Whether a write was done is unknown. */
export class OwnerUnavailable extends Error {
  override readonly name = 'OwnerUnavailable';
}

/** Nest's NATS client on a connection that others use too. */
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

/** Asks owners to carry out operations. */
export class OwnersClient {
  private readonly client: ClientNats;

  constructor(nats: NatsConnection) {
    this.client = new SharedClient(nats);
  }

  /** The owner's reply, refusals included. @throws OwnerUnavailable at the latest after `timeoutMs`. */
  async askOwner<Output>(
    owner: OwnerName,
    request: OperationRequest,
    timeoutMs: number,
  ): Promise<OperationReply<Output>> {
    const pattern = operationSubject(owner, request.operation);
    try {
      const answers = this.client.send<OperationReply<Output>, OperationRequest>(pattern, request);
      return await firstValueFrom(answers.pipe(timeout(timeoutMs)));
    } catch (error) {
      throw new OwnerUnavailable(`${pattern}: ${reasonOf(error, timeoutMs)}`, { cause: error });
    }
  }
}

function reasonOf(error: unknown, timeoutMs: number): string {
  if (error instanceof TimeoutError) return `no answer within ${String(timeoutMs)} ms`;
  if (error instanceof Error) return error.message;
  return JSON.stringify(error);
}
