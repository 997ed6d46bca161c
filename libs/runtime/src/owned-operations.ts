import { Injectable, Inject } from '@nestjs/common';
import type { EpochMs, ReadonlyClusterState, Scope } from '@stowage/domain';
import type { Decision, Executed } from '@stowage/journal';
import type { OperationReply, OperationRequest } from './operations';
import { replyFrom } from './refusals';
import { RUNTIME, type Runtime } from './runtime';

/** Maps a state to events and the resulting answer; see `Command.decide` of libs/journal. */
export type Decide<Output> = (state: ReadonlyClusterState, at: EpochMs) => Decision<Output>;

/** Carries out the operations of an owner: reads, decides, commits and answers. */
@Injectable()
export class OwnedOperations {
  constructor(@Inject(RUNTIME) readonly runtime: Runtime) {}

  get scope(): Scope {
    return this.runtime.scope;
  }

  /**
   * Carries out `request` with the decision that `prepare` returns. A refusal that `prepare` or the decision throws
   * becomes the reply.
   */
  carryOut<Output>(request: OperationRequest, prepare: () => Decide<Output>): Promise<OperationReply<Output>> {
    return replyFrom(async () => {
      const { result, sequence } = await this.execute(request, prepare());
      return { output: result, sequence };
    });
  }

  /** Decides and commits, for operations that need more than the result for their reply. */
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
