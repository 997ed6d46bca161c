import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Dispatcher } from '../dispatcher';
import { send } from './send';
import { signedRequestOf } from './signed-request-of';

/** The single path of the AWS protocols. GET is for presigned URLs of the Query protocol. */
@Controller()
export class AwsController {
  constructor(private readonly dispatcher: Dispatcher) {}

  @Post()
  post(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answer(request, reply);
  }

  @Get()
  get(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answer(request, reply);
  }

  private async answer(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    send(reply, await this.dispatcher.dispatch(signedRequestOf(request), request.id));
  }
}
