import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import { errorText } from '@stowage/concurrency';
import { type ApiError, errorAnswer, errorFormatOf, ERROR_TABLE } from '@stowage/aws-api';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { apiErrorOf } from './api-errors';
import { send } from './send';
import { signedRequestOf } from './signed-request-of';

/** Answers every failure as AWS does: in the protocol of the caller, and with a request id. */
@Catch()
export class AwsErrorFilter implements ExceptionFilter {
  constructor(@Inject(RUNTIME) private readonly runtime: Runtime) {}

  catch(failure: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const error = apiErrorOf(failure);
    this.log(failure, error, request.id);
    const format = errorFormatOf(signedRequestOf(request));
    send(reply, { ...errorAnswer(format, error, request.id), sequence: this.runtime.fold.position });
  }

  /** Refusals are not logged. A temporary failure is logged as one line, and any other failure with its stack. */
  private log(failure: unknown, error: ApiError, requestId: string): void {
    const status = error.status ?? ERROR_TABLE[error.code].status;
    if (status === 503) {
      const reason = errorText(failure);
      this.runtime.logger.warn({ reason, requestId }, 'A request failed temporarily; the client may retry.');
    } else if (status >= 500) {
      this.runtime.logger.error({ err: failure, requestId }, 'A request failed because of an internal error.');
    }
  }
}
