import { Injectable, Inject } from '@nestjs/common';
import {
  headerOf,
  inputOf,
  operationOf,
  type SignedRequest,
  successAnswer,
  type HttpAnswer,
  type SupportedOperation,
} from '@stowage/aws-api';
import { withTimeout } from '@stowage/concurrency';
import { invalidParameter, invariant, type Refusal } from '@stowage/domain';
import { JournalUnavailable } from '@stowage/journal';
import { type Caller, type OwnerName, OwnersClient, refusalFrom, RUNTIME, type Runtime } from '@stowage/runtime';
import { GatewayConfig } from '../config';
import { parseSequence } from '../core/journal-position';
import { Authentication } from './authentication';
import { DeduplicationLookup } from './deduplication-lookup';
import { JournalAbsence } from './journal-absence';
import type { OwnAnswer } from './operations/own-operation';
import { OwnOperations } from './own-operations';
import { AS_OF, PastReads } from './past-reads';
import { stoppedTask } from './stopped-task';

export interface Dispatched extends HttpAnswer {
  /** Position of the write, or the minimum position that the answer contains. */
  readonly sequence: number;
  /** The answer may lack newer writes, because the caller accepts older data or the journal is unavailable. */
  readonly eventual?: boolean;
}

/** The minimum position that the answer to a request must contain. */
interface Floor {
  readonly sequence: number;
  /** The position was not read from the journal. */
  readonly eventual: boolean;
}

/** Authenticates, decodes, validates and routes one request. */
@Injectable()
export class Dispatcher {
  private readonly owners: OwnersClient;

  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    private readonly config: GatewayConfig,
    private readonly authentication: Authentication,
    private readonly own: OwnOperations,
    private readonly past: PastReads,
    private readonly absence: JournalAbsence,
    private readonly lookup: DeduplicationLookup,
  ) {
    this.owners = new OwnersClient(runtime.nats);
  }

  async dispatch(request: SignedRequest, requestId: string): Promise<Dispatched> {
    const claimed = this.authentication.claimOf(request);
    const { service } = claimed;
    // Operations are checked before the signature, like services, so that a client of a missing operation learns about
    // it with any key.
    const operation = operationOf(request, service);
    const { principal } = await this.authentication.verify(request, claimed);
    const input = inputOf(request, operation);
    const caller = { principal: principal.arn, requestId };
    const asOf = headerOf(request, AS_OF);
    if (asOf !== undefined) {
      const { output, sequence } = await this.past.answer(operation.name, input, { caller, asOf });
      return { ...successAnswer(service, operation, output, requestId), sequence };
    }
    if (operation.owner !== 'api-gateway') {
      const { output, sequence } = await this.requestOperation(operation, input, { caller, expect: expectOf(request) });
      return { ...successAnswer(service, operation, output, requestId), sequence };
    }
    if (expectOf(request) !== undefined) {
      throw invalidParameter(
        `${EXPECT}: ${operation.name} does not accept it. Only operations that write to a cluster or its contents do.`,
      );
    }
    const operate = this.own.find(operation.name);
    invariant(operate, `No handler carries out ${operation.name}.`);
    const acceptsOlder = request.headers['x-stowage-consistency'] === 'eventual';
    const floor = await this.floor(acceptsOlder);
    const answer = await operate(input, { caller, floor: floor.sequence, eventual: acceptsOlder });
    const { output, sequence } = answer;
    return { ...successAnswer(service, operation, output, requestId), sequence, eventual: floor.eventual };
  }

  /**
   * Resolves with the current end of the journal. While the journal is unavailable, no process can write, and reads
   * continue from Postgres, up to the position of this process and marked as eventual. Writes fail by themselves.
   */
  private async floor(acceptsOlder: boolean): Promise<Floor> {
    const { fold } = this.runtime;
    const end = acceptsOlder
      ? undefined
      : await this.absence.unlessAbsent(() => this.journalEnd(this.config.readTimeoutMs));
    return end === undefined ? { sequence: fold.position, eventual: true } : { sequence: end, eventual: false };
  }

  private journalEnd(timeoutMs: number): Promise<number> {
    const timedOut = (): Error =>
      new JournalUnavailable(`The journal did not return its end within ${String(timeoutMs)} ms.`);
    return withTimeout(this.runtime.journal.lastSequence(), timeoutMs, timedOut);
  }

  private async requestOperation(
    operation: SupportedOperation & { readonly owner: OwnerName },
    input: object,
    { caller, expect }: { readonly caller: Caller; readonly expect: number | undefined },
  ): Promise<OwnAnswer> {
    const { commandTimeoutMs } = this.config;
    const receivedAt = this.runtime.now();
    const [atLeast, earlier] = await Promise.all([this.journalEnd(commandTimeoutMs), this.lookup.find(input)]);
    if (expect !== undefined && expect > atLeast) throw beyondEnd(expect, atLeast);
    const request = {
      operation: operation.name,
      input,
      caller,
      atLeast,
      receivedAt,
      ...(expect !== undefined && { expect }),
      ...earlier,
    };
    const reply = await this.owners.requestOperation<object>(operation.owner, request, commandTimeoutMs);
    if (reply.ok) return reply;
    const { refusal } = reply;
    const stopped = await stoppedTask(
      { runtime: this.runtime, reads: this.own.reads },
      { input, refusal },
      { caller, floor: atLeast, eventual: false },
    );
    if (!stopped) throw refusalFrom(refusal);
    return stopped;
  }
}

const EXPECT = 'x-stowage-expect';

/**
 * Returns the position on which the caller based its write. The write fails if the records that it changes have changed
 * since.
 */
function expectOf(request: SignedRequest): number | undefined {
  const text = headerOf(request, EXPECT);
  if (text === undefined) return undefined;
  const sequence = parseSequence(text);
  if (sequence === undefined) throw invalidParameter(`${EXPECT}: must be a sequence of the journal.`);
  return sequence;
}

function beyondEnd(expect: number, end: number): Refusal {
  return invalidParameter(`${EXPECT}: ${String(expect)} is beyond the end of the journal, ${String(end)}.`);
}
