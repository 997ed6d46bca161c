import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { attributeView, parseCluster, parseContainerInstance } from '@stowage/aws-api';
import {
  type ClusterName,
  decideDeleteAttributes,
  decidePutAttributes,
  type Ecs,
  type InstanceAttributesSet,
  invalidParameter,
  type ReadonlyClusterState,
  type TargetedAttribute,
} from '@stowage/domain';
import { type OperationReply, type OperationRequest, operationSubject } from '@stowage/runtime';
import { Operations } from './operations';

interface AttributesOutput {
  readonly attributes: readonly Ecs.Attribute[];
}

type DecideAttributes = (
  state: ReadonlyClusterState,
  cluster: ClusterName,
  attributes: readonly TargetedAttribute[],
) => readonly InstanceAttributesSet[];

/** Operations on attributes that write. They answer with the attributes of the request. */
@Controller()
export class AttributesController {
  constructor(private readonly operations: Operations) {}

  @MessagePattern(operationSubject('cluster-manager', 'PutAttributes'))
  putAttributes(
    @Payload() request: OperationRequest<Ecs.PutAttributesRequest>,
  ): Promise<OperationReply<AttributesOutput>> {
    return this.change(request, decidePutAttributes);
  }

  @MessagePattern(operationSubject('cluster-manager', 'DeleteAttributes'))
  deleteAttributes(
    @Payload() request: OperationRequest<Ecs.DeleteAttributesRequest>,
  ): Promise<OperationReply<AttributesOutput>> {
    return this.change(request, decideDeleteAttributes);
  }

  private change(
    request: OperationRequest<Ecs.PutAttributesRequest>,
    decide: DecideAttributes,
  ): Promise<OperationReply<AttributesOutput>> {
    return this.operations.carryOut(request, () => {
      const cluster = parseCluster(this.operations.scope, request.input.cluster);
      const targeted = request.input.attributes.map((attribute) => this.targeted(cluster, attribute));
      const attributes = targeted.map((attribute) =>
        attributeView(attribute, { cluster, id: attribute.instance }, this.operations.scope),
      );
      return (state) => ({ events: decide(state, cluster, targeted), result: { attributes } });
    });
  }

  private targeted(cluster: ClusterName, { name, value, targetId }: Ecs.Attribute): TargetedAttribute {
    if (!targetId) throw invalidParameter('targetId can not be blank.');
    const instance = parseContainerInstance(this.operations.scope, cluster, targetId);
    return { name, ...(value !== undefined && { value }), instance, targetId };
  }
}
