import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { failureView, parseCluster, parseTask, protectedTaskView } from '@stowage/aws-api';
import { decideTaskProtection, type Ecs, taskArn } from '@stowage/domain';
import { type OperationReply, type OperationRequest, operationSubject, OwnedOperations } from '@stowage/runtime';

/** UpdateTaskProtection (ecs-api 5.16). */
@Controller()
export class TaskProtectionController {
  constructor(private readonly operations: OwnedOperations) {}

  @MessagePattern(operationSubject('service-controller', 'UpdateTaskProtection'))
  updateTaskProtection(
    @Payload() request: OperationRequest<Ecs.UpdateTaskProtectionRequest>,
  ): Promise<OperationReply<Ecs.UpdateTaskProtectionResponse>> {
    const { input } = request;
    const { scope } = this.operations;
    return this.operations.carryOut(request, () => {
      const cluster = parseCluster(scope, input.cluster);
      const tasks = input.tasks.map((each) => parseTask(scope, cluster, each));
      const { protectionEnabled, expiresInMinutes } = input;
      return (state, at) => {
        const command = { cluster, tasks, protectionEnabled, at };
        const { events, protectedTasks, failures } = decideTaskProtection(state, {
          ...command,
          ...(expiresInMinutes !== undefined && { expiresInMinutes }),
        });
        const result = {
          protectedTasks: protectedTasks.map((each) => protectedTaskView(scope, cluster, each)),
          failures: failures.map(({ task, reason, detail }) =>
            failureView(taskArn(scope, cluster, task), reason, detail),
          ),
        };
        return { events, result };
      };
    });
  }
}
