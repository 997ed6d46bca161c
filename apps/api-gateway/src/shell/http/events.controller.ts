import { Controller, Get, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EventReads } from '../events/event-reads';
import { signedRequestOf } from './signed-request-of';

/** The journal as server-sent events, from any event. docs/events.md describes the format. */
@Controller('events')
export class EventsController {
  constructor(private readonly reads: EventReads) {}

  @Get()
  async events(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const headers = { 'x-amzn-requestid': request.id };
    await this.reads.stream(signedRequestOf(request), {
      headers,
      // Before this point a refusal is sent as a usual answer. After it, the answer is the stream.
      response: () => reply.hijack().raw,
    });
  }
}
