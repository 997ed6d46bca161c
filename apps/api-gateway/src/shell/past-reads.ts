import { Injectable, Inject } from '@nestjs/common';
import { ApiError } from '@stowage/aws-api';
import { Semaphore } from '@stowage/concurrency';
import { invalidParameter, Refusal } from '@stowage/domain';
import { PastOutOfReach, type PastState, PastStates, PositionRefused } from '@stowage/journal';
import { ReadModel } from '@stowage/read-model';
import { type Caller, RUNTIME, type Runtime } from '@stowage/runtime';
import { GatewayConfig } from '../config';
import { type AsOf, parseAsOf } from '../core/as-of';
import type { OwnAnswer } from './operations/own-operation';
import { Reads } from './operations/reads';
import { readOperations } from './own-operations';

export const AS_OF = 'x-stowage-as-of';
const READS = /^(Describe|List)/;

/** Answers reads as of an earlier moment, with the same queries and views as current reads. */
@Injectable()
export class PastReads {
  private readonly states: PastStates;
  private readonly slots: Semaphore;

  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    private readonly model: ReadModel,
    private readonly config: GatewayConfig,
  ) {
    this.states = new PastStates(runtime.journal, {
      dataDir: config.dataDir,
      eventsMax: config.asOfEventsMax,
      timeoutMs: config.asOfTimeoutMs,
      keptMax: config.asOfStatesMax,
    });
    this.slots = new Semaphore({ permits: config.asOfReadsMax });
  }

  /**
   * Carries out a read as of `asOf`.
   * @throws Refusal if the operation or the moment is not supported, or the fold of it is too expensive.
   * @throws ReadModelLagging, ReadModelUnavailable or JournalUnavailable.
   */
  async answer(
    operation: string,
    input: object,
    { caller, asOf }: { readonly caller: Caller; readonly asOf: string },
  ): Promise<OwnAnswer> {
    if (!READS.test(operation))
      throw invalidParameter(`${AS_OF}: only operations that describe or list accept it, not ${operation}.`);
    const past = await this.past(parseAsOf(asOf, this.runtime.now()));
    const { position } = past;
    await this.model.position.reached(position, this.config.readTimeoutMs);
    const read = (): Promise<OwnAnswer> =>
      this.model.asOf(past, (queries) => {
        const reads = new Reads(queries, { current: position, reached: () => Promise.resolve() }, 0);
        const answer = readOperations(reads, this.runtime)[operation];
        if (!answer) throw invalidParameter(`${AS_OF}: ${operation} is not available for the past.`);
        return answer(input, { caller, floor: position, eventual: false });
      });
    return this.slots.run(read, {
      timeoutMs: this.config.asOfTimeoutMs,
      denied: () => {
        const why = `${AS_OF}: other reads of the past took too long (STOWAGE_AS_OF_READS_MAX); retry later.`;
        throw new ApiError('ThrottlingException', why, { retryAfterSeconds: 1 });
      },
    });
  }

  private async past(asOf: AsOf): Promise<PastState> {
    const { journal } = this.runtime;
    try {
      const position =
        'time' in asOf ? await journal.positionAt(asOf.time) : await journal.positionBefore(asOf.sequence);
      const past = await this.states.at(position);
      return 'time' in asOf ? { ...past, at: asOf.time } : past;
    } catch (error) {
      if (error instanceof PositionRefused) throw invalidParameter(`${AS_OF}: ${error.message}`);
      if (error instanceof PastOutOfReach) throw new Refusal('LimitExceededException', `${AS_OF}: ${error.message}`);
      throw error;
    }
  }
}
