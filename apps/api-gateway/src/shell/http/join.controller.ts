import { Controller, Get, Optional, Post, Req, Res, Inject } from '@nestjs/common';
import { invalidParameter, Refusal } from '@stowage/domain';
import { JoinService, RUNTIME, type Runtime } from '@stowage/runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NO_JOINING } from '../operations/join-tokens';
import { send } from './send';
import { signedRequestOf } from './signed-request-of';

/**
 * Accepts machines that join. A machine has no access key yet and proves that it has a join token, without transmitting
 * it.
 */
@Controller('join')
export class JoinController {
  constructor(
    @Inject(RUNTIME) private readonly runtime: Runtime,
    @Optional() @Inject(JoinService) private readonly service: JoinService | undefined,
  ) {}

  /** Returns the current addresses of NATS for agents that joined before the addresses changed. */
  @Get()
  addresses(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    if (!this.service) throw new Refusal('UnsupportedFeatureException', NO_JOINING);
    this.answer(request, reply, { natsUrls: this.service.natsUrls });
  }

  @Post()
  async join(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    if (!this.service) throw new Refusal('UnsupportedFeatureException', NO_JOINING);
    this.answer(request, reply, await this.service.join(parsed(signedRequestOf(request).body), request.id));
  }

  private answer(request: FastifyRequest, reply: FastifyReply, answer: object): void {
    send(reply, {
      status: 200,
      headers: { 'content-type': 'application/json', 'x-amzn-requestid': request.id },
      body: JSON.stringify(answer),
      sequence: this.runtime.fold.position,
    });
  }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw invalidParameter('This is not a request to join.');
  }
}
