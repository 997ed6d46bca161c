import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import { type ApiError, errorAnswer, errorFormatOf, ERROR_TABLE } from '@stowage/aws-api';
import { RUNTIME, type Runtime } from '@stowage/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { apiErrorOf } from './api-errors';
import { send } from './send';
import { signedRequestOf } from './signed-request-of';

/** Every failure, wherever it came from, is answered as AWS would: in the caller's protocol, with a request id. */
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

  /** Refusals are the callers' business. What passes by itself is worth a line, what does not its whole story. */
  private log(failure: unknown, error: ApiError, requestId: string): void {
    const status = error.status ?? ERROR_TABLE[error.code].status;
    if (status === 503) {
      const reason = failure instanceof Error ? failure.message : String(failure);
      this.runtime.logger.warn({ reason, requestId }, 'A request could not be answered now.');
    } else if (status >= 500) {
      this.runtime.logger.error({ err: failure, requestId }, 'A request could not be answered.');
    }
  }
}
