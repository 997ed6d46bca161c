import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { parseCluster, parseTask, TASK_FIELDS_OF_WRITES, taskView } from '@stowage/aws-api';
import { decideStopTask, type Ecs, invariant, stateAfter } from '@stowage/domain';
import { type OperationReply, type OperationRequest, operationSubject } from '@stowage/runtime';
import { Operations } from './operations';

/** StopTask. A STOPPED task is only in the history; see `OperationReply`. */
@Controller()
export class TasksController {
  constructor(private readonly operations: Operations) {}

  @MessagePattern(operationSubject('cluster-manager', 'StopTask'))
  stopTask(@Payload() request: OperationRequest<Ecs.StopTaskRequest>): Promise<OperationReply<Ecs.StopTaskResponse>> {
    const { input } = request;
    const { scope } = this.operations;
    return this.operations.carryOut(request, () => {
      const cluster = parseCluster(scope, input.cluster);
      const id = parseTask(scope, cluster, input.task);
      return (state, at) => {
        const events = decideStopTask(state, { cluster, task: id, reason: input.reason });
        const task = stateAfter(state, events, at).get('task', id);
        invariant(task, 'The task of an accepted stop request is known.');
        return { events, result: { task: taskView(task, scope, TASK_FIELDS_OF_WRITES) } };
      };
    });
  }
}
