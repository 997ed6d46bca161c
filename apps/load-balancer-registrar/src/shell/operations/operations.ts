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
import { answering, type OperationReply, type OperationRequest, OwnedOperations } from '@stowage/runtime';

/** What an operation of the registrar came to on one state. */
export interface Outcome<Output> {
  readonly events: readonly DomainEvent[];
  /** Subjects that were read but are not written. */
  readonly reads?: readonly Subject[];
  /** The answer, from the state that the events lead to. */
  readonly output: (after: StateStore) => Output;
}

export type Decide<Output> = (state: ReadonlyClusterState, at: EpochMs) => Outcome<Output>;

const ID_BYTES = 8;

/** Operations whose answers show the state that their events lead to. */
@Injectable()
export class Operations extends OwnedOperations {
  /** 16 hexadecimal digits, as in ELB's ARNs. */
  newId(): string {
    return randomBytes(ID_BYTES).toString('hex');
  }

  /** As {@link carryOut}; what must be looked up outside of the state is looked up before. */
  answer<Output>(
    request: OperationRequest,
    prepare: () => Decide<Output> | Promise<Decide<Output>>,
  ): Promise<OperationReply<Output>> {
    return answering(async () => {
      const decide = await prepare();
      const { result, sequence } = await this.execute(request, (state, at) => {
        const { events, reads = [], output } = decide(state, at);
        return { events, reads, result: output(stateAfter(state, events, at)) };
      });
      return { output: result, sequence };
    });
  }
}

/** The answer of operations that have none. */
export const NO_OUTPUT = (): Readonly<Record<string, never>> => ({});
