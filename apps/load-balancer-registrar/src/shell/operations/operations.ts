import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  type DomainEvent,
  type EpochMs,
  type ReadonlyClusterState,
  type StateStore,
  stateAfter,
} from '@stowage/domain';
import type { Subject } from '@stowage/journal';
import { replyFrom, type OperationReply, type OperationRequest, OwnedOperations } from '@stowage/runtime';

/** Result of an operation of the registrar on one state. */
export interface Outcome<Output> {
  readonly events: readonly DomainEvent[];
  /** Subjects that were read but are not written. */
  readonly reads?: readonly Subject[];
  /** Makes the answer from the state after the events. */
  readonly output: (after: StateStore) => Output;
}

export type Decide<Output> = (state: ReadonlyClusterState, at: EpochMs) => Outcome<Output>;

const ID_BYTES = 8;

/** Operations whose answers show the state after their events. */
@Injectable()
export class Operations extends OwnedOperations {
  /** 16 hexadecimal digits, as in ELB's ARNs. */
  newId(): string {
    return randomBytes(ID_BYTES).toString('hex');
  }

  /** Works like {@link carryOut}, but first resolves what the operation needs from outside the state. */
  answer<Output>(
    request: OperationRequest,
    prepare: () => Decide<Output> | Promise<Decide<Output>>,
  ): Promise<OperationReply<Output>> {
    return replyFrom(async () => {
      const decide = await prepare();
      const { result, sequence } = await this.execute(request, (state, at) => {
        const { events, reads = [], output } = decide(state, at);
        return { events, reads, result: output(stateAfter(state, events, at)) };
      });
      return { output: result, sequence };
    });
  }
}

/** The answer of operations without output. */
export const NO_OUTPUT = (): Readonly<Record<string, never>> => ({});
