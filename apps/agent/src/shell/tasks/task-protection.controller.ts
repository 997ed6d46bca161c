import { Body, Controller, Get, Param, Put, Res } from '@nestjs/common';
import { errorText } from '@stowage/concurrency';
import type { TaskProtectionRequest } from '@stowage/domain';
import type { FastifyReply } from 'fastify';
import { errorReply, protectionReply, type ProtectionReply, wantedProtection } from '../../core/tasks/task-protection';
import { containerOfToken } from './container-of-token';
import { ControlPlane } from '../control-plane/control-plane';
import { MetadataTokens } from './metadata-tokens';
import { TaskRunners } from './task-runners';

/** `$ECS_AGENT_URI/task-protection/v1/state`: a container of a service reads or sets the protection of its own task. */
@Controller('api/:token/task-protection/v1/state')
export class TaskProtectionController {
  constructor(
    private readonly runners: TaskRunners,
    private readonly tokens: MetadataTokens,
    private readonly controlPlane: ControlPlane,
  ) {}

  @Get()
  async get(@Param('token') token: string, @Res() reply: FastifyReply): Promise<void> {
    send(reply, await this.ask(token));
  }

  @Put()
  async put(@Param('token') token: string, @Body() body: unknown, @Res() reply: FastifyReply): Promise<void> {
    const set = wantedProtection(body);
    send(reply, set ? await this.ask(token, set) : this.noneAsked(token));
  }

  private async ask(token: string, set?: TaskProtectionRequest['set']): Promise<ProtectionReply> {
    const { item } = containerOfToken(this.runners, this.tokens, token).runner.plan;
    const { task, cluster, taskArn } = item;
    try {
      return protectionReply(taskArn, await this.controlPlane.taskProtection({ task, cluster, ...(set && { set }) }));
    } catch (error) {
      const message = errorText(error);
      return errorReply(taskArn, { status: 504, code: 'RequestTimeout', message });
    }
  }

  private noneAsked(token: string): ProtectionReply {
    const { taskArn } = containerOfToken(this.runners, this.tokens, token).runner.plan.item;
    const message = 'The body must be {"ProtectionEnabled": true or false, "ExpiresInMinutes": a whole number}.';
    return errorReply(taskArn, { status: 400, code: 'InvalidParameterException', message });
  }
}

function send(reply: FastifyReply, { status, body }: ProtectionReply): void {
  void reply.status(status).send(body);
}
