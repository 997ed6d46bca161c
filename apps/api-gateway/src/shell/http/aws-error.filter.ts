import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import { errorAnswer, ERROR_TABLE, protocolOf, serviceOf } from '@stowage/aws-api';
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
    if ((error.status ?? ERROR_TABLE[error.code].status) >= 500) {
      this.runtime.logger.error({ err: failure, requestId: request.id }, 'A request could not be answered.');
    }
    const signed = signedRequestOf(request);
    const protocol = protocolOf(signed) === 'json' ? 'json' : serviceOf(signed, '').protocol;
    send(reply, { ...errorAnswer(protocol, error, request.id), sequence: this.runtime.fold.position });
  }
}
