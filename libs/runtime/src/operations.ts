import type { EpochMs, RefusalCode } from '@stowage/domain';

/**
 * How the gateway asks an owner to carry out an operation that writes. Subject: `<app>.<Operation>` (see `subjects.ts`),
 * Nest's NATS transport, a queue group per app, always with a time-out.
 */
export interface OperationRequest<Input = unknown> {
  /** Name in the API model, such as `RunTask`. */
  readonly operation: string;
  /** Validated against the model's types, required members, lengths and ranges; unknown members are gone. */
  readonly input: Input;
  readonly caller: Caller;
  /** The owner folds at least this far before it decides: what the journal held when the request came. */
  readonly atLeast: number;
  readonly receivedAt: EpochMs;
  /** `x-stowage-expect`: refused when what it writes has changed since this position. */
  readonly expect?: number;
  /**
   * Where the read model found the request's client token (`clientTokenHash`): sequence of the last event of that
   * transaction. The owner's own memory reaches back far, but not for ever.
   */
  readonly earlier?: { readonly sequence: number };
  /** When the task that ExplainPlacement is asked about was created, by the read model: owners keep none that are STOPPED. */
  readonly taskCreatedAt?: EpochMs;
}

export interface Caller {
  /** ARN of the principal. */
  readonly principal: string;
  readonly requestId: string;
}

/**
 * What the owner answers: API-shaped output, or a refusal as data. Anything else is a fault and answered as 500.
 *
 * One refusal is not the last word: owners keep no history, so StopTask refuses a task that is STOPPED like one that never
 * was. When `isTaskNotFound(refusal)` of libs/domain says so, the gateway looks the task up in the read model and answers
 * with it, unchanged, if it is there.
 */
export type OperationReply<Output = unknown> =
  | {
      readonly ok: true;
      readonly output: Output;
      /** Position of the write, or of what was read. */ readonly sequence: number;
    }
  | { readonly ok: false; readonly refusal: RefusalData };

export interface RefusalData {
  readonly code: RefusalCode;
  readonly message: string;
  readonly resourceIds?: readonly string[];
}
