import { invariant } from '@stowage/domain';
import type { Caller } from '@stowage/runtime';

/** Context of an operation that the gateway itself carries out. */
export interface OperationContext {
  readonly caller: Caller;
  /** End of the journal when the request arrived. The answer must contain at least this position. */
  readonly floor: number;
  /** The caller accepts older data. */
  readonly eventual: boolean;
}

/** Output in the API's shape, and the minimum position that it contains. */
export interface OwnAnswer {
  readonly output: object;
  readonly sequence: number;
}

export type OwnOperation = (input: object, context: OperationContext) => Promise<OwnAnswer>;

/** Returns an operation for one class of the generated inputs. */
export function operationFor<Input extends object>(
  type: new () => Input,
  carryOut: (input: Input, context: OperationContext) => Promise<OwnAnswer>,
): OwnOperation {
  return (input, context) => {
    invariant(input instanceof type, `The dispatcher must decode the input to ${type.name}.`);
    return carryOut(input, context);
  };
}
