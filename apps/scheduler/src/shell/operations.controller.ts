import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { type Ecs, PLACE_SERVICE_TASKS, type PlaceServiceTasks, type PlaceServiceTasksAnswer } from '@stowage/domain';
import { replyFrom, type OperationReply, type OperationRequest, operationSubject } from '@stowage/runtime';
import type { ExplainPlacement, PlanPlacement } from './explain-inputs';
import { PlacementExplainer } from './placement-explainer';
import { ServiceTaskStarter } from './service-task-starter';
import { TaskStarter } from './task-starter';

/** The operations that the gateway and the service controllers request from a scheduler. */
@Controller()
export class OperationsController {
  constructor(
    private readonly tasks: TaskStarter,
    private readonly serviceTasks: ServiceTaskStarter,
    private readonly explainer: PlacementExplainer,
  ) {}

  @MessagePattern(operationSubject('scheduler', 'RunTask'))
  runTask(@Payload() request: OperationRequest<Ecs.RunTaskRequest>): Promise<OperationReply<Ecs.RunTaskResponse>> {
    return replyFrom(() => this.tasks.runTask(request));
  }

  @MessagePattern(operationSubject('scheduler', 'StartTask'))
  startTask(
    @Payload() request: OperationRequest<Ecs.StartTaskRequest>,
  ): Promise<OperationReply<Ecs.StartTaskResponse>> {
    return replyFrom(() => this.tasks.startTask(request));
  }

  @MessagePattern(operationSubject('scheduler', 'ExplainPlacement'))
  explainPlacement(@Payload() request: OperationRequest<ExplainPlacement>): Promise<OperationReply> {
    return replyFrom(() => this.explainer.explain(request));
  }

  @MessagePattern(operationSubject('scheduler', 'PlanPlacement'))
  planPlacement(@Payload() request: OperationRequest<PlanPlacement>): Promise<OperationReply> {
    return replyFrom(() => this.explainer.plan(request));
  }

  @MessagePattern(operationSubject('scheduler', PLACE_SERVICE_TASKS))
  placeServiceTasks(
    @Payload() request: OperationRequest<PlaceServiceTasks>,
  ): Promise<OperationReply<PlaceServiceTasksAnswer>> {
    return replyFrom(() => this.serviceTasks.start(request));
  }
}
