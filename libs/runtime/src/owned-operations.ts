import { Injectable, Inject } from '@nestjs/common';
import type { EpochMs, ReadonlyClusterState, Scope } from '@stowage/domain';
import type { Decision, Executed } from '@stowage/journal';
import type { OperationReply, OperationRequest } from './operations';
import { answering } from './refusals';
import { RUNTIME, type Runtime } from './runtime';

/** From a state to events and the answer that they lead to; see `Command.decide` of libs/journal. */
export type Decide<Output> = (state: ReadonlyClusterState, at: EpochMs) => Decision<Output>;

/** Carries out operations of an owner: reads, decides, commits and answers. */
@Injectable()
export class OwnedOperations {
  constructor(@Inject(RUNTIME) readonly runtime: Runtime) {}

  get scope(): Scope {
    return this.runtime.scope;
  }

  /**
   * Carries out `request` as `prepare` says. What it throws, when it reads the input or when it decides, is the reply if it
   * is a refusal.
   */
  carryOut<Output>(request: OperationRequest, prepare: () => Decide<Output>): Promise<OperationReply<Output>> {
    return answering(async () => {
      const { result, sequence } = await this.execute(request, prepare());
      return { output: result, sequence };
    });
  }

  /** Decides and commits; for operations whose reply takes more than that. */
  execute<Output>(request: OperationRequest, decide: Decide<Output>): Promise<Executed<Output>> {
    return this.runtime.commands.execute({
      decide,
      atLeast: request.atLeast,
      ...(request.expect !== undefined && { expect: request.expect }),
      actor: request.caller.principal,
      cause: request.caller.requestId,
    });
  }
}
