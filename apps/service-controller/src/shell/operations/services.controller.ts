import { randomInt } from 'node:crypto';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  parseCluster,
  parseDefinitionToRun,
  parseService,
  SERVICE_FIELDS_OF_WRITES,
  serviceView,
} from '@stowage/aws-api';
import {
  type ClusterName,
  decideCreateService,
  decideDeleteService,
  decideUpdateService,
  type DomainEvent,
  type Ecs,
  type EpochMs,
  invariant,
  type ReadonlyClusterState,
  seededRandom,
  serviceKey,
  type ServiceReference,
  stateAfter,
} from '@stowage/domain';
import { subjectOf } from '@stowage/journal';
import { type OperationReply, type OperationRequest, operationSubject, OwnedOperations } from '@stowage/runtime';

const SEED_LIMIT = 2 ** 48 - 1;

interface ServiceOutput {
  readonly service: Ecs.Service;
}

interface Decided {
  readonly state: ReadonlyClusterState;
  readonly events: readonly DomainEvent[];
  readonly at: EpochMs;
}

/** Operations that write services (ecs-api 5.7). The reconciler carries out their consequences. */
@Controller()
export class ServicesController {
  constructor(private readonly operations: OwnedOperations) {}

  @MessagePattern(operationSubject('service-controller', 'CreateService'))
  createService(
    @Payload() request: OperationRequest<Ecs.CreateServiceRequest>,
  ): Promise<OperationReply<ServiceOutput>> {
    const { input, caller } = request;
    const { scope } = this.operations;
    return this.operations.carryOut(request, () => {
      const cluster = parseCluster(scope, input.cluster);
      const { taskDefinition: named } = input;
      const taskDefinition = named === undefined || named === '' ? undefined : parseDefinitionToRun(scope, named);
      // The seed is drawn once, so that the deployment keeps its id if a conflict causes a retry.
      const seed = randomInt(SEED_LIMIT);
      return (state, at) => {
        const random = seededRandom(seed);
        const command = { cluster, input, taskDefinition, principal: caller.principal, random };
        const events = decideCreateService(state, command);
        const result = this.view(cluster, input.serviceName, { state, events, at });
        return { events, reads: [subjectOf({ kind: 'cluster', cluster })], result };
      };
    });
  }

  @MessagePattern(operationSubject('service-controller', 'UpdateService'))
  updateService(
    @Payload() request: OperationRequest<Ecs.UpdateServiceRequest>,
  ): Promise<OperationReply<ServiceOutput>> {
    const { input } = request;
    const { scope } = this.operations;
    return this.operations.carryOut(request, () => {
      const cluster = parseCluster(scope, input.cluster);
      const service = parseService(scope, cluster, input.service);
      const { taskDefinition: named } = input;
      const given = named === undefined ? {} : { taskDefinition: parseDefinitionToRun(scope, named) };
      const seed = randomInt(SEED_LIMIT);
      return (state, at) => {
        const command = { ...this.reference(cluster, service), input, ...given, random: seededRandom(seed) };
        const events = decideUpdateService(state, command);
        return { events, result: this.view(cluster, service, { state, events, at }) };
      };
    });
  }

  @MessagePattern(operationSubject('service-controller', 'DeleteService'))
  deleteService(
    @Payload() request: OperationRequest<Ecs.DeleteServiceRequest>,
  ): Promise<OperationReply<ServiceOutput>> {
    const { input } = request;
    const { scope } = this.operations;
    return this.operations.carryOut(request, () => {
      const cluster = parseCluster(scope, input.cluster);
      const service = parseService(scope, cluster, input.service);
      return (state, at) => {
        const events = decideDeleteService(state, {
          ...this.reference(cluster, service),
          force: input.force ?? false,
        });
        return { events, result: this.view(cluster, service, { state, events, at }) };
      };
    });
  }

  private reference(cluster: ClusterName, service: string): ServiceReference {
    const subject = subjectOf({ kind: 'service', cluster, service });
    return { cluster, service, existed: this.operations.runtime.fold.lastSequenceOf(subject) > 0 };
  }

  private view(cluster: ClusterName, name: string, { state, events, at }: Decided): ServiceOutput {
    const service = stateAfter(state, events, at).get('service', serviceKey(cluster, name));
    invariant(service, 'The service of an accepted command is known.');
    return { service: serviceView(service, this.operations.scope, SERVICE_FIELDS_OF_WRITES) };
  }
}
