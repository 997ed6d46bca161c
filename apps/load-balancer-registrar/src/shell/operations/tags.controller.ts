import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { decideAddTags, decideRemoveTags, type ElbResource, type Elbv2, parseElbArn } from '@stowage/domain';
import { type OperationReply, type OperationRequest, operationSubject } from '@stowage/runtime';
import { NO_OUTPUT, Operations } from './operations';

const on = (operation: string): string => operationSubject('load-balancer-registrar', operation);

/** Operations on the tags of all Elastic Load Balancing resources. */
@Controller()
export class TagsController {
  constructor(private readonly operations: Operations) {}

  @MessagePattern(on('AddTags'))
  addTags(@Payload() request: OperationRequest<Elbv2.AddTagsInput>): Promise<OperationReply<Elbv2.AddTagsOutput>> {
    const { ResourceArns: arns, Tags: tags } = request.input;
    return this.operations.answer(request, () => {
      const resources = this.resources(arns);
      return (state) => ({ events: decideAddTags(state, resources, tags), output: NO_OUTPUT });
    });
  }

  @MessagePattern(on('RemoveTags'))
  removeTags(
    @Payload() request: OperationRequest<Elbv2.RemoveTagsInput>,
  ): Promise<OperationReply<Elbv2.RemoveTagsOutput>> {
    const { ResourceArns: arns, TagKeys: keys } = request.input;
    return this.operations.answer(request, () => {
      const resources = this.resources(arns);
      return (state) => ({ events: decideRemoveTags(state, resources, keys), output: NO_OUTPUT });
    });
  }

  private resources(arns: readonly string[]): readonly ElbResource[] {
    return [...new Set(arns)].map((arn) => parseElbArn(this.operations.scope, arn));
  }
}
