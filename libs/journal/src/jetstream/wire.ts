/** What JetStream says in numbers and headers. Nobody else sees them. */
export const HEADER = {
  expectedSequence: 'Nats-Expected-Last-Subject-Sequence',
  expectedSubject: 'Nats-Expected-Last-Subject-Sequence-Subject',
  messageId: 'Nats-Msg-Id',
  batchId: 'Nats-Batch-Id',
  batchSequence: 'Nats-Batch-Sequence',
  batchCommit: 'Nats-Batch-Commit',
  pendingMessages: 'Nats-Pending-Messages',
} as const;

export const STATUS = { heartbeat: 100 } as const;

/** The part that all answers of JetStream have. */
export interface ApiError {
  readonly code: number;
  readonly err_code?: number;
  readonly description?: string;
}

const CODE = {
  streamNotFound: 10059,
  messageNotFound: 10037,
  wrongLastSequence: 10071,
  /** The same, where the server does not tell the actual sequence. */
  wrongLastSequenceConstant: 10164,
  batchIncomplete: 10176,
  batchHasDuplicateId: 10201,
  batchesInFlight: 10210,
  batchesInFlightInServer: 10211,
} as const;

const oneOf =
  (...codes: readonly number[]) =>
  ({ err_code }: ApiError): boolean =>
    err_code !== undefined && codes.includes(err_code);

export const isStreamNotFound = oneOf(CODE.streamNotFound);
export const isMessageNotFound = oneOf(CODE.messageNotFound);
/** An expectation did not hold; it names no subject. */
export const isConflict = oneOf(CODE.wrongLastSequence, CODE.wrongLastSequenceConstant);
/** A message of the batch bears an id that was stored inside the duplicate window. */
export const isRepeatedBatch = oneOf(CODE.batchHasDuplicateId);
/** Nothing was stored, and the same batch may succeed later. */
export const isLater = oneOf(CODE.batchIncomplete, CODE.batchesInFlight, CODE.batchesInFlightInServer);
