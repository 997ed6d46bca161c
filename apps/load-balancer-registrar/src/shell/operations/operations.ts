import { randomBytes } from 'node:crypto';
import type { DomainEvent, EpochMs, ReadonlyClusterState, Scope, StateStore } from '@stowage/domain';
import { stateAfter } from '@stowage/domain';
import type { Decision, Subject } from '@stowage/journal';
import { answering, type OperationReply, type OperationRequest, type Runtime } from '@stowage/runtime';

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

/** How every operation of the registrar goes: read, decide, commit, answer. */
export class Operations {
  constructor(private readonly runtime: Runtime) {}

  get scope(): Scope {
    return this.runtime.scope;
  }

  /** 16 hexadecimal digits, as in ELB's ARNs. */
  newId(): string {
    return randomBytes(ID_BYTES).toString('hex');
  }

  /** Carries out `request` as `prepare` says; what it throws, or its decision, is the reply if it is a refusal. */
  carryOut<Output>(
    request: OperationRequest,
    prepare: () => Decide<Output> | Promise<Decide<Output>>,
  ): Promise<OperationReply<Output>> {
    return answering(async () => {
      const decide = await prepare();
      const { result, sequence } = await this.runtime.commands.execute({
        decide: (state, at): Decision<Output> => {
          const { events, reads = [], output } = decide(state, at);
          return { events, reads, result: output(stateAfter(state, events, at)) };
        },
        atLeast: request.atLeast,
        actor: request.caller.principal,
        cause: request.caller.requestId,
      });
      return { output: result, sequence };
    });
  }
}

/** The answer of operations that have none. */
export const NO_OUTPUT = (): Readonly<Record<string, never>> => ({});
