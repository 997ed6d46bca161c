import { HttpException } from '@nestjs/common';
import { ApiError, unavailable, UNAVAILABLE_TEXT } from '@stowage/aws-api';
import { Refusal } from '@stowage/domain';
import { FoldLagging, JournalConflict, JournalUnavailable } from '@stowage/journal';
import { CheckpointRefused, ReadModelLagging, ReadModelUnavailable } from '@stowage/read-model';
import { OwnerUnavailable } from '@stowage/runtime';

/** Temporary failures of NATS or Postgres. The same request may succeed later. */
const PASSING = [
  FoldLagging,
  JournalConflict,
  JournalUnavailable,
  OwnerUnavailable,
  ReadModelLagging,
  ReadModelUnavailable,
];

/** Returns the answer to a failure. Only refusals describe their cause; internal details are not disclosed. */
export function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof Refusal) {
    return new ApiError(error.code, error.message, error.resourceIds && { resourceIds: error.resourceIds });
  }
  if (PASSING.some((passing) => error instanceof passing) || error instanceof CheckpointRefused) return unavailable();
  if (error instanceof HttpException) return httpError(error.getStatus());
  return new ApiError('ServerException', UNAVAILABLE_TEXT);
}

/** Converts errors with which Fastify rejects a request before it reaches the gateway's code. */
function httpError(status: number): ApiError {
  if (status === 404) return new ApiError('UnknownOperationException', 'There is nothing at this path.', { status });
  if (status === 413) return new ApiError('RequestEntityTooLarge', 'The request is larger than 1 MiB.');
  if (status >= 400 && status < 500) return new ApiError('SerializationException', 'The request is not valid HTTP.');
  return new ApiError('ServerException', UNAVAILABLE_TEXT);
}
