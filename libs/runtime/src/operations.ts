import type { EpochMs, RefusalCode } from '@stowage/domain';

/**
 * A request of the gateway for an operation that writes, sent to the owner of the operation. Subject:
 * `<app>.<Operation>` (see `subjects.ts`); transport: Nest's NATS transport with a queue group per app, always with a
 * timeout.
 */
export interface OperationRequest<Input = unknown> {
  /** Name of the operation in the API model, such as `RunTask`. */
  readonly operation: string;
  /** Validated against the model's types, required members, lengths and ranges. Unknown members are removed. */
  readonly input: Input;
  readonly caller: Caller;
  /** The owner folds at least to this position before it decides: the end of the journal when the request arrived. */
  readonly atLeast: number;
  readonly receivedAt: EpochMs;
  /** `x-stowage-expect`: the operation is rejected if the records that it changes have changed since this position. */
  readonly expect?: number;
  /**
   * Sequence of the last event of the transaction in which the read model found the request's client token
   * (`clientTokenHash`). It is set because the owner remembers tokens only for a limited time.
   */
  readonly earlier?: { readonly sequence: number };
  /**
   * Creation time, from the read model, of the task that ExplainPlacement names, because owners do not keep STOPPED
   * tasks.
   */
  readonly taskCreatedAt?: EpochMs;
}

export interface Caller {
  /** ARN of the principal. */
  readonly principal: string;
  readonly requestId: string;
}

/**
 * The owner's answer: output in the API's shape, or a refusal as data. Other failures are faults and result in a 500.
 *
 * One refusal is not final: owners keep no history, so StopTask rejects a STOPPED task like an unknown one. If
 * `isTaskNotFound(refusal)` of libs/domain returns true, the gateway searches the read model for the task, and returns
 * it unchanged if it exists.
 */
export type OperationReply<Output = unknown> =
  | {
      readonly ok: true;
      readonly output: Output;
      /** Position of the write, or of the state that was read. */ readonly sequence: number;
    }
  | { readonly ok: false; readonly refusal: RefusalData };

export interface RefusalData {
  readonly code: RefusalCode;
  readonly message: string;
  readonly resourceIds?: readonly string[];
}
