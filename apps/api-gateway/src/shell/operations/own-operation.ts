import { invariant } from '@stowage/domain';
import type { Caller } from '@stowage/runtime';

/** What an operation that the gateway carries out itself is told beside its input. */
export interface OperationContext {
  readonly caller: Caller;
  /** What the journal held when the request came: what the caller must see. */
  readonly floor: number;
  /** The caller said that older data will do. */
  readonly eventual: boolean;
}

/** Output in the API's shape, and the position that it is true for at least. */
export interface OwnAnswer {
  readonly output: object;
  readonly sequence: number;
}

export type OwnOperation = (input: object, context: OperationContext) => Promise<OwnAnswer>;

/** An operation that takes one class of the generated inputs. */
export function taking<Input extends object>(
  type: new () => Input,
  carryOut: (input: Input, context: OperationContext) => Promise<OwnAnswer>,
): OwnOperation {
  return (input, context) => {
    invariant(input instanceof type, `The dispatcher decodes what ${type.name} is for.`);
    return carryOut(input, context);
  };
}
