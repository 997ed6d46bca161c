import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { attributesView, targetGroupView } from '@stowage/aws-api';
import {
  decideCreateTargetGroup,
  decideDeleteTargetGroup,
  decideDeregisterTargets,
  decideModifyTargetGroup,
  decideModifyTargetGroupAttributes,
  decideRegisterTargets,
  type Elbv2,
  invariant,
  loadBalancerArn,
  loadBalancersUsing,
  parseTargetGroupArn,
  type ReadonlyClusterState,
  type StateStore,
  type TargetGroup,
  targetGroupAttributes,
} from '@stowage/domain';
import { everyLoadBalancer } from '@stowage/journal';
import { type OperationReply, type OperationRequest, operationSubject } from '@stowage/runtime';
import { NO_OUTPUT, Operations } from './operations';

const on = (operation: string): string => operationSubject('load-balancer-registrar', operation);

/** Operations of target groups that write. */
@Controller()
export class TargetGroupsController {
  constructor(private readonly operations: Operations) {}

  @MessagePattern(on('CreateTargetGroup'))
  create(
    @Payload() request: OperationRequest<Elbv2.CreateTargetGroupInput>,
  ): Promise<OperationReply<Elbv2.CreateTargetGroupOutput>> {
    const { input } = request;
    return this.operations.answer(request, () => {
      const id = this.operations.newId();
      return (state) => ({
        events: decideCreateTargetGroup(state, { input, id }),
        output: (after) => this.shown(state, known(after, input.Name)),
      });
    });
  }

  @MessagePattern(on('ModifyTargetGroup'))
  modify(
    @Payload() request: OperationRequest<Elbv2.ModifyTargetGroupInput>,
  ): Promise<OperationReply<Elbv2.ModifyTargetGroupOutput>> {
    const { input } = request;
    return this.operations.answer(request, () => {
      const ref = parseTargetGroupArn(this.operations.scope, input.TargetGroupArn);
      return (state) => ({
        events: decideModifyTargetGroup(state, ref, input),
        output: (after) => this.shown(state, known(after, ref.name)),
      });
    });
  }

  @MessagePattern(on('DeleteTargetGroup'))
  delete(
    @Payload() request: OperationRequest<Elbv2.DeleteTargetGroupInput>,
  ): Promise<OperationReply<Elbv2.DeleteTargetGroupOutput>> {
    const { scope } = this.operations;
    return this.operations.answer(request, () => {
      const ref = parseTargetGroupArn(scope, request.input.TargetGroupArn);
      return (state) => ({
        events: decideDeleteTargetGroup(state, ref, scope),
        // A listener that starts to use the group first causes a conflict, and the deletion is decided again.
        reads: [everyLoadBalancer],
        output: NO_OUTPUT,
      });
    });
  }

  @MessagePattern(on('ModifyTargetGroupAttributes'))
  modifyAttributes(
    @Payload() request: OperationRequest<Elbv2.ModifyTargetGroupAttributesInput>,
  ): Promise<OperationReply<Elbv2.ModifyTargetGroupAttributesOutput>> {
    const { input } = request;
    return this.operations.answer(request, () => {
      const ref = parseTargetGroupArn(this.operations.scope, input.TargetGroupArn);
      return (state) => ({
        events: decideModifyTargetGroupAttributes(state, ref, input.Attributes),
        output: (after) => ({ Attributes: attributesView(targetGroupAttributes(known(after, ref.name))) }),
      });
    });
  }

  @MessagePattern(on('RegisterTargets'))
  registerTargets(
    @Payload() request: OperationRequest<Elbv2.RegisterTargetsInput>,
  ): Promise<OperationReply<Elbv2.RegisterTargetsOutput>> {
    const { input } = request;
    return this.operations.answer(request, () => {
      const ref = parseTargetGroupArn(this.operations.scope, input.TargetGroupArn);
      return (state) => ({ events: decideRegisterTargets(state, ref, input.Targets), output: NO_OUTPUT });
    });
  }

  @MessagePattern(on('DeregisterTargets'))
  deregisterTargets(
    @Payload() request: OperationRequest<Elbv2.DeregisterTargetsInput>,
  ): Promise<OperationReply<Elbv2.DeregisterTargetsOutput>> {
    const { Targets: targets, TargetGroupArn: arn } = request.input;
    return this.operations.answer(request, () => {
      const ref = parseTargetGroupArn(this.operations.scope, arn);
      return (state, at) => ({ events: decideDeregisterTargets(state, ref, { targets, at }), output: NO_OUTPUT });
    });
  }

  private shown(
    state: ReadonlyClusterState,
    group: TargetGroup,
  ): { readonly TargetGroups: readonly Elbv2.TargetGroup[] } {
    const { scope } = this.operations;
    const users = loadBalancersUsing(state, group.name).map((each) => loadBalancerArn(scope, each));
    return { TargetGroups: [targetGroupView(group, scope, users)] };
  }
}

function known(after: StateStore, name: string): TargetGroup {
  const group = after.get('target-group', name);
  invariant(group, 'The target group of an accepted command is known.');
  return group;
}
