import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  CONTAINER_INSTANCE_FIELDS_OF_WRITES,
  containerInstanceView,
  missing,
  parseCluster,
  parseContainerInstance,
} from '@stowage/aws-api';
import {
  clientError,
  containerInstanceArn,
  decideDeregisterInstance,
  decideInstancesState,
  decideRegisterInstance,
  decideUpdateAgent,
  type Ecs,
  type InstanceId,
  instanceId,
  instanceOfToken,
  invariant,
  type RegisterInstance,
  stateAfter,
  type StateStore,
} from '@stowage/domain';
import { subjectOf } from '@stowage/journal';
import {
  replyFrom,
  clientTokenHash,
  type OperationReply,
  type OperationRequest,
  operationSubject,
} from '@stowage/runtime';
import { randomBytes } from 'node:crypto';
import { Operations } from './operations';

interface InstanceOutput {
  readonly containerInstance: Ecs.ContainerInstance;
}

/** Operations on container instances that write. */
@Controller()
export class ContainerInstancesController {
  constructor(private readonly operations: Operations) {}

  @MessagePattern(operationSubject('cluster-manager', 'RegisterContainerInstance'))
  registerContainerInstance(
    @Payload() request: OperationRequest<RegisterInstance['input']>,
  ): Promise<OperationReply<InstanceOutput>> {
    const { input } = request;
    return replyFrom(async () => {
      const command = this.registration(input);
      const { result, sequence, duplicate } = await this.operations.execute(request, (state, at) => {
        const { events, instance } = decideRegisterInstance(state, command);
        return {
          events,
          reads: [subjectOf({ kind: 'cluster', cluster: command.cluster })],
          // Without this expectation, two replicas could register one agent twice: a new instance has its own ledger.
          ...(input.clientToken !== undefined && {
            deduplicationKey: clientTokenHash(`register-container-instance/${command.cluster}`, input.clientToken),
          }),
          result: this.view(stateAfter(state, events, at), instance),
        };
      });
      return { output: duplicate ? await this.earlierRegistration(command, sequence) : result, sequence };
    });
  }

  @MessagePattern(operationSubject('cluster-manager', 'DeregisterContainerInstance'))
  deregisterContainerInstance(
    @Payload() request: OperationRequest<Ecs.DeregisterContainerInstanceRequest>,
  ): Promise<OperationReply<InstanceOutput>> {
    const { input } = request;
    return this.operations.carryOut(request, () => {
      const cluster = parseCluster(this.operations.scope, input.cluster);
      const instance = parseContainerInstance(this.operations.scope, cluster, input.containerInstance);
      return (state, at) => {
        const events = decideDeregisterInstance(state, { cluster, instance, force: input.force ?? false });
        return { events, result: this.view(stateAfter(state, events, at), instance) };
      };
    });
  }

  @MessagePattern(operationSubject('cluster-manager', 'UpdateContainerInstancesState'))
  updateContainerInstancesState(
    @Payload() request: OperationRequest<Ecs.UpdateContainerInstancesStateRequest>,
  ): Promise<OperationReply<Ecs.UpdateContainerInstancesStateResponse>> {
    const { input } = request;
    const { scope } = this.operations;
    return this.operations.carryOut(request, () => {
      const cluster = parseCluster(scope, input.cluster);
      const instances = input.containerInstances.map((one) => parseContainerInstance(scope, cluster, one));
      return (state, at) => {
        const { events, found, ...rest } = decideInstancesState(state, { cluster, instances, status: input.status });
        const after = stateAfter(state, events, at);
        const containerInstances = found.map((id) => this.view(after, id).containerInstance);
        const failures = rest.missing.map((id) => missing(containerInstanceArn(scope, cluster, id)));
        return { events, result: { containerInstances, failures } };
      };
    });
  }

  @MessagePattern(operationSubject('cluster-manager', 'UpdateContainerAgent'))
  updateContainerAgent(
    @Payload() request: OperationRequest<Ecs.UpdateContainerAgentRequest>,
  ): Promise<OperationReply<InstanceOutput>> {
    const { input } = request;
    return this.operations.carryOut(request, () => {
      const cluster = parseCluster(this.operations.scope, input.cluster);
      const instance = parseContainerInstance(this.operations.scope, cluster, input.containerInstance);
      return (state) => decideUpdateAgent(state, cluster, instance);
    });
  }

  /** A repeated client token gets the instance of the first request. */
  private async earlierRegistration({ cluster, input }: RegisterInstance, sequence: number): Promise<InstanceOutput> {
    const { fold } = this.operations.runtime;
    await this.operations.folded(sequence);
    const instance = instanceOfToken(fold.state, cluster, input.clientToken);
    if (!instance) throw clientError('The container instance that was registered with this clientToken is gone.');
    return this.view(stateAfter(fold.state, [], 0), instance.id);
  }

  private registration(input: RegisterInstance['input']): RegisterInstance {
    const { scope } = this.operations;
    const cluster = parseCluster(scope, input.cluster);
    return {
      cluster,
      input,
      ...(input.containerInstanceArn && {
        registeredAs: parseContainerInstance(scope, cluster, input.containerInstanceArn),
      }),
      newId: instanceId(randomBytes(16).toString('hex')),
      newEc2InstanceId: `i-${randomBytes(9).toString('hex').slice(1)}`,
      defaultAvailabilityZone: `${scope.region}a`,
    };
  }

  private view(after: StateStore, id: InstanceId): InstanceOutput {
    const instance = after.get('instance', id);
    invariant(instance, 'The instance of an accepted command is known.');
    return {
      containerInstance: containerInstanceView(instance, this.operations.scope, CONTAINER_INSTANCE_FIELDS_OF_WRITES),
    };
  }
}
