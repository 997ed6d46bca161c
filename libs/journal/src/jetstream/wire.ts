/** The numbers and headers of JetStream. No other file uses them. */
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

/** The members that all answers of JetStream share. */
export interface ApiError {
  readonly code: number;
  readonly err_code?: number;
  readonly description?: string;
}

const CODE = {
  streamNotFound: 10059,
  messageNotFound: 10037,
  wrongLastSequence: 10071,
  /** The same error, from servers that do not report the actual sequence. */
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
/** An expectation failed. The error names no subject. */
export const isConflict = oneOf(CODE.wrongLastSequence, CODE.wrongLastSequenceConstant);
/** A message of the batch has an id that was stored inside the duplicate window. */
export const isRepeatedBatch = oneOf(CODE.batchHasDuplicateId);
/** Nothing was stored, and the same batch may succeed later. */
export const isLater = oneOf(CODE.batchIncomplete, CODE.batchesInFlight, CODE.batchesInFlightInServer);
