import { HttpException } from '@nestjs/common';
import { ApiError, unavailable, UNAVAILABLE_TEXT } from '@stowage/aws-api';
import { Refusal } from '@stowage/domain';
import { FoldLagging, JournalConflict, JournalUnavailable } from '@stowage/journal';
import { CheckpointRefused, ReadModelLagging, ReadModelUnavailable } from '@stowage/read-model';
import { OwnerUnavailable } from '@stowage/runtime';

/** Failures of what the gateway needs, after which the same request may succeed a little later. */
const PASSING = [
  FoldLagging,
  JournalConflict,
  JournalUnavailable,
  OwnerUnavailable,
  ReadModelLagging,
  ReadModelUnavailable,
];

/** What a failure is answered with. Only refusals say what was wrong; nothing of the inside is told. */
export function apiErrorOf(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof Refusal) {
    return new ApiError(error.code, error.message, error.resourceIds && { resourceIds: error.resourceIds });
  }
  if (PASSING.some((passing) => error instanceof passing) || error instanceof CheckpointRefused) return unavailable();
  if (error instanceof HttpException) return httpError(error.getStatus());
  return new ApiError('ServerException', UNAVAILABLE_TEXT);
}

/** What Fastify refuses before the gateway's own code sees it. */
function httpError(status: number): ApiError {
  if (status === 404) return new ApiError('UnknownOperationException', 'There is nothing at this path.', { status });
  if (status === 413) return new ApiError('RequestEntityTooLarge', 'The request is larger than 1 MiB.');
  if (status >= 400 && status < 500) return new ApiError('SerializationException', 'The request is not valid HTTP.');
  return new ApiError('ServerException', UNAVAILABLE_TEXT);
}
