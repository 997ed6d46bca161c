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
import { parseSequence } from '../core/points-of-the-journal';
import { Authentication } from './authentication';
import { DeduplicationLookup } from './deduplication-lookup';
import { JournalAbsence } from './journal-absence';
import type { OwnAnswer } from './operations/own-operation';
import { OwnOperations } from './own-operations';
import { AS_OF, PastReads } from './past-reads';
import { stoppedTask } from './stopped-task';

export interface Dispatched extends HttpAnswer {
  /** Position of the write, or that the answer is true for at least. */
  readonly sequence: number;
  /** Newer writes may be there than the answer shows: because the caller said that will do, or the journal is away. */
  readonly eventual?: boolean;
}

/** What a request must see at least. */
interface Floor {
  readonly sequence: number;
  /** The journal itself was not asked. */
  readonly eventual: boolean;
}

/** The way of a request: who is it, what do they ask, is it well formed, who carries it out. */
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
    // Before the signature, as absent services are: who asks for what is absent hears that, whatever their key is.
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
        `${EXPECT}: ${operation.name} does not take it: it is for writes to clusters, and what is in them.`,
      );
    }
    const carryOut = this.own.find(operation.name);
    invariant(carryOut, `Nobody carries out ${operation.name}.`);
    const contentWithOlder = request.headers['x-stowage-consistency'] === 'eventual';
    const floor = await this.floor(contentWithOlder);
    const answer = await carryOut(input, { caller, floor: floor.sequence, eventual: contentWithOlder });
    const { output, sequence } = answer;
    return { ...successAnswer(service, operation, output, requestId), sequence, eventual: floor.eventual };
  }

  /**
   * What the journal holds now. While it is away nobody can write either, and reads go on from Postgres with what this
   * process has seen, marked as such; writes meet the journal's absence themselves.
   */
  private async floor(contentWithOlder: boolean): Promise<Floor> {
    const { fold } = this.runtime;
    const end = contentWithOlder
      ? undefined
      : await this.absence.unlessAbsent(() => this.journalEnd(this.config.readTimeoutMs));
    return end === undefined ? { sequence: fold.position, eventual: true } : { sequence: end, eventual: false };
  }

  private journalEnd(timeoutMs: number): Promise<number> {
    const late = (): Error =>
      new JournalUnavailable(`The journal did not tell its end within ${String(timeoutMs)} ms.`);
    return withTimeout(this.runtime.journal.lastSequence(), timeoutMs, late);
  }

  private async requestOperation(
    operation: SupportedOperation & { readonly owner: OwnerName },
    input: object,
    { caller, expect }: { readonly caller: Caller; readonly expect: number | undefined },
  ): Promise<OwnAnswer> {
    const { commandTimeoutMs } = this.config;
    const receivedAt = this.runtime.now();
    const [atLeast, recollected] = await Promise.all([this.journalEnd(commandTimeoutMs), this.lookup.about(input)]);
    if (expect !== undefined && expect > atLeast) throw beyondEnd(expect, atLeast);
    const request = {
      operation: operation.name,
      input,
      caller,
      atLeast,
      receivedAt,
      ...(expect !== undefined && { expect }),
      ...recollected,
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

/** The position that a writer decided on: nothing that it writes may have changed since. */
function expectOf(request: SignedRequest): number | undefined {
  const text = headerOf(request, EXPECT);
  if (text === undefined) return undefined;
  const sequence = parseSequence(text);
  if (sequence === undefined) throw invalidParameter(`${EXPECT}: it is a sequence of the journal.`);
  return sequence;
}

function beyondEnd(expect: number, end: number): Refusal {
  return invalidParameter(`${EXPECT}: ${String(expect)} is beyond the end of the journal, ${String(end)}.`);
}
