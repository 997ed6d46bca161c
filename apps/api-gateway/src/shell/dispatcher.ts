import {
  inputOf,
  operationOf,
  type SignedRequest,
  successAnswer,
  type HttpAnswer,
  type SupportedOperation,
} from '@stowage/aws-api';
import { invariant } from '@stowage/domain';
import { type Caller, OwnersClient, refusalFrom, type Runtime } from '@stowage/runtime';
import type { Authentication } from './authentication';
import type { EarlierRunTask } from './earlier-run-task';
import type { OwnAnswer, OwnOperation } from './operations/own-operation';
import type { Reads } from './operations/reads';
import { stoppedTask } from './stopped-task';

export interface DispatcherParts {
  readonly runtime: Runtime;
  readonly authentication: Authentication;
  readonly own: ReadonlyMap<string, OwnOperation>;
  readonly reads: Reads;
  readonly earlier: EarlierRunTask;
  readonly commandTimeoutMs: number;
}

export interface Dispatched extends HttpAnswer {
  /** Position of the write, or that the answer is true for at least. */
  readonly sequence: number;
}

/** The way of a request: who is it, what do they ask, is it well formed, who carries it out. */
export class Dispatcher {
  private readonly owners: OwnersClient;

  constructor(private readonly parts: DispatcherParts) {
    this.owners = new OwnersClient(parts.runtime.nats);
  }

  async dispatch(request: SignedRequest, requestId: string): Promise<Dispatched> {
    const { principal, service } = await this.parts.authentication.authenticate(request);
    const operation = operationOf(request, service);
    const input = inputOf(request, operation);
    const caller = { principal: principal.arn, requestId };
    const eventual = request.headers['x-stowage-consistency'] === 'eventual';
    const { output, sequence } = await this.carryOut(operation, input, { caller, eventual });
    return { ...successAnswer(service, operation, output, requestId), sequence };
  }

  private async carryOut(
    operation: SupportedOperation,
    input: object,
    { caller, eventual }: { readonly caller: Caller; readonly eventual: boolean },
  ): Promise<OwnAnswer> {
    const { runtime, reads, own, earlier } = this.parts;
    const receivedAt = runtime.now();
    if (operation.owner === 'api-gateway') {
      const carryOut = own.get(operation.name);
      invariant(carryOut, `Nobody carries out ${operation.name}.`);
      // Who is content with older data does not wait for the journal to be asked either.
      const floor = eventual ? runtime.fold.position : await runtime.journal.lastSequence();
      return carryOut(input, { caller, floor, eventual });
    }
    const [atLeast, before] = await Promise.all([
      runtime.journal.lastSequence(),
      operation.name === 'RunTask' ? earlier.find(input) : undefined,
    ]);
    const request = {
      operation: operation.name,
      input,
      caller,
      atLeast,
      receivedAt,
      ...(before && { earlier: before }),
    };
    const reply = await this.owners.askOwner<object>(operation.owner, request, this.parts.commandTimeoutMs);
    if (reply.ok) return reply;
    const { refusal } = reply;
    const stopped = await stoppedTask(
      { runtime, reads },
      { input, refusal },
      { caller, floor: atLeast, eventual: false },
    );
    if (!stopped) throw refusalFrom(refusal);
    return stopped;
  }
}
