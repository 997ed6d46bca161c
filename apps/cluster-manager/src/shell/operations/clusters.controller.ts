import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { CLUSTER_FIELDS_OF_WRITES, clusterView, parseCluster } from '@stowage/aws-api';
import {
  type ClusterName,
  clusterName,
  createdClusterName,
  decideCreateCluster,
  decideDeleteCluster,
  decidePutClusterCapacityProviders,
  decideUpdateCluster,
  type DomainEvent,
  type Ecs,
  type EpochMs,
  invariant,
  type ReadonlyClusterState,
  stateAfter,
  type UpdateCluster,
} from '@stowage/domain';
import { everythingOfCluster } from '@stowage/journal';
import { type OperationReply, type OperationRequest, operationSubject } from '@stowage/runtime';
import { Operations } from './operations';

interface ClusterOutput {
  readonly cluster: Ecs.Cluster;
}

/** Operations on clusters that write. */
@Controller()
export class ClustersController {
  constructor(private readonly operations: Operations) {}

  @MessagePattern(operationSubject('cluster-manager', 'CreateCluster'))
  createCluster(
    @Payload() request: OperationRequest<Ecs.CreateClusterRequest>,
  ): Promise<OperationReply<ClusterOutput>> {
    const { input, caller } = request;
    return this.operations.carryOut(request, () => (state, at) => {
      const events = decideCreateCluster(state, { input, principal: caller.principal });
      return { events, result: this.view(clusterName(createdClusterName(input)), { state, events, at }) };
    });
  }

  @MessagePattern(operationSubject('cluster-manager', 'UpdateCluster'))
  updateCluster(
    @Payload() request: OperationRequest<Ecs.UpdateClusterRequest>,
  ): Promise<OperationReply<ClusterOutput>> {
    return this.update(request, request.input);
  }

  @MessagePattern(operationSubject('cluster-manager', 'UpdateClusterSettings'))
  updateClusterSettings(
    @Payload() request: OperationRequest<Ecs.UpdateClusterSettingsRequest>,
  ): Promise<OperationReply<ClusterOutput>> {
    return this.update(request, { settings: request.input.settings });
  }

  @MessagePattern(operationSubject('cluster-manager', 'PutClusterCapacityProviders'))
  putClusterCapacityProviders(
    @Payload() request: OperationRequest<Ecs.PutClusterCapacityProvidersRequest>,
  ): Promise<OperationReply<ClusterOutput>> {
    return this.operations.carryOut(request, () => {
      const cluster = parseCluster(this.operations.scope, request.input.cluster);
      return (state, at) => {
        const events = decidePutClusterCapacityProviders(state, { ...request.input, cluster });
        return { events, result: this.view(cluster, { state, events, at }) };
      };
    });
  }

  @MessagePattern(operationSubject('cluster-manager', 'DeleteCluster'))
  deleteCluster(
    @Payload() request: OperationRequest<Ecs.DeleteClusterRequest>,
  ): Promise<OperationReply<ClusterOutput>> {
    return this.operations.carryOut(request, () => {
      const cluster = parseCluster(this.operations.scope, request.input.cluster);
      return (state, at) => {
        const events = decideDeleteCluster(state, cluster);
        // A registration or a placement that is committed first causes a conflict, and the deletion is decided again.
        return { events, reads: [everythingOfCluster(cluster)], result: this.view(cluster, { state, events, at }) };
      };
    });
  }

  private update(
    request: OperationRequest<{ readonly cluster: string }>,
    changes: Omit<UpdateCluster, 'cluster'>,
  ): Promise<OperationReply<ClusterOutput>> {
    const { settings, configuration, serviceConnectDefaults } = changes;
    return this.operations.carryOut(request, () => {
      const cluster = parseCluster(this.operations.scope, request.input.cluster);
      return (state, at) => {
        const events = decideUpdateCluster(state, { cluster, settings, configuration, serviceConnectDefaults });
        return { events, result: this.view(cluster, { state, events, at }) };
      };
    });
  }

  private view(
    name: ClusterName,
    {
      state,
      events,
      at,
    }: { readonly state: ReadonlyClusterState; readonly events: readonly DomainEvent[]; readonly at: EpochMs },
  ): ClusterOutput {
    const cluster = stateAfter(state, events, at).get('cluster', name);
    invariant(cluster, 'The cluster of an accepted command is known.');
    return { cluster: clusterView(cluster, this.operations.scope, CLUSTER_FIELDS_OF_WRITES) };
  }
}
