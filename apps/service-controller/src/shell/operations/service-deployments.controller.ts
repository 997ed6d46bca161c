import { randomInt } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { parseServiceDeployment } from '@stowage/aws-api';
import { decideStopServiceDeployment, type Ecs, seededRandom } from '@stowage/domain';
import { type OperationReply, type OperationRequest, operationSubject, OwnedOperations } from '@stowage/runtime';

const SEED_LIMIT = 2 ** 48 - 1;

/** StopServiceDeployment (ecs-api 5.8.1). */
@Controller()
export class ServiceDeploymentsController {
  constructor(private readonly operations: OwnedOperations) {}

  @MessagePattern(operationSubject('service-controller', 'StopServiceDeployment'))
  stopServiceDeployment(
    @Payload() request: OperationRequest<Ecs.StopServiceDeploymentRequest>,
  ): Promise<OperationReply<Ecs.StopServiceDeploymentResponse>> {
    const { serviceDeploymentArn, stopType } = request.input;
    return this.operations.carryOut(request, () => {
      const { cluster, service, id } = parseServiceDeployment(this.operations.scope, serviceDeploymentArn);
      const seed = randomInt(SEED_LIMIT);
      return (state) => {
        const events = decideStopServiceDeployment(state, {
          cluster,
          service,
          serviceDeployment: id,
          ...(stopType !== undefined && { stopType }),
          random: seededRandom(seed),
        });
        return { events, result: { serviceDeploymentArn } };
      };
    });
  }
}
