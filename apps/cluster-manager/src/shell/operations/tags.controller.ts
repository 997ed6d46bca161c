import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { parseTaggedResource } from '@stowage/aws-api';
import { decideTagResource, decideUntagResource, type Ecs } from '@stowage/domain';
import { type OperationReply, type OperationRequest, operationSubject } from '@stowage/runtime';
import { Operations } from './operations';

type NoOutput = Readonly<Record<string, never>>;

/** Operations on the tags of all resources that have some. */
@Controller()
export class TagsController {
  constructor(private readonly operations: Operations) {}

  @MessagePattern(operationSubject('cluster-manager', 'TagResource'))
  tagResource(@Payload() request: OperationRequest<Ecs.TagResourceRequest>): Promise<OperationReply<NoOutput>> {
    const { resourceArn, tags } = request.input;
    return this.operations.carryOut(request, () => {
      const resource = parseTaggedResource(this.operations.scope, resourceArn);
      return (state) => ({ events: decideTagResource(state, resource, tags), result: {} });
    });
  }

  @MessagePattern(operationSubject('cluster-manager', 'UntagResource'))
  untagResource(@Payload() request: OperationRequest<Ecs.UntagResourceRequest>): Promise<OperationReply<NoOutput>> {
    const { resourceArn, tagKeys } = request.input;
    return this.operations.carryOut(request, () => {
      const resource = parseTaggedResource(this.operations.scope, resourceArn);
      return (state) => ({ events: decideUntagResource(state, resource, tagKeys), result: {} });
    });
  }
}
