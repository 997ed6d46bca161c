import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { Ecs } from '@stowage/domain';
import { answering, type OperationReply, type OperationRequest, operationSubject } from '@stowage/runtime';
import { TaskStarter } from './task-starter';

/** What the gateway asks a scheduler for. */
@Controller()
export class OperationsController {
  constructor(@Inject(TaskStarter) private readonly tasks: TaskStarter) {}

  @MessagePattern(operationSubject('scheduler', 'RunTask'))
  runTask(@Payload() request: OperationRequest<Ecs.RunTaskRequest>): Promise<OperationReply<Ecs.RunTaskResponse>> {
    return answering(() => this.tasks.runTask(request));
  }

  @MessagePattern(operationSubject('scheduler', 'StartTask'))
  startTask(
    @Payload() request: OperationRequest<Ecs.StartTaskRequest>,
  ): Promise<OperationReply<Ecs.StartTaskResponse>> {
    return answering(() => this.tasks.startTask(request));
  }
}
