import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { attributesView, availabilityZonesView, loadBalancerView } from '@stowage/aws-api';
import {
  decideCreateLoadBalancer,
  decideDeleteLoadBalancer,
  decideModifyLoadBalancerAttributes,
  decideSetIpAddressType,
  decideSetSecurityGroups,
  decideSetSubnets,
  type DomainEvent,
  type Elbv2,
  invariant,
  type LoadBalancer,
  loadBalancerAttributes,
  type LoadBalancerRef,
  parseLoadBalancerArn,
  type ReadonlyClusterState,
  type StateStore,
} from '@stowage/domain';
import { everyLoadBalancer } from '@stowage/journal';
import { type OperationReply, type OperationRequest, operationSubject } from '@stowage/runtime';
import { AddressPool } from '../address-pool';
import { NO_OUTPUT, Operations } from './operations';

const on = (operation: string): string => operationSubject('load-balancer-registrar', operation);

/** Operations of load balancers that write. */
@Controller()
export class LoadBalancersController {
  constructor(
    private readonly operations: Operations,
    private readonly pool: AddressPool,
  ) {}

  @MessagePattern(on('CreateLoadBalancer'))
  create(
    @Payload() request: OperationRequest<Elbv2.CreateLoadBalancerInput>,
  ): Promise<OperationReply<Elbv2.CreateLoadBalancerOutput>> {
    const { input } = request;
    return this.operations.answer(request, () => {
      const id = this.operations.newId();
      return (state) => ({
        events: decideCreateLoadBalancer(state, { input, id, addresses: this.pool.addresses }),
        // The choice of a free address depends on all load balancers.
        reads: [everyLoadBalancer],
        output: (after) => ({
          LoadBalancers: [loadBalancerView(known(after, input.Name), this.operations.scope)],
        }),
      });
    });
  }

  @MessagePattern(on('DeleteLoadBalancer'))
  delete(
    @Payload() request: OperationRequest<Elbv2.DeleteLoadBalancerInput>,
  ): Promise<OperationReply<Elbv2.DeleteLoadBalancerOutput>> {
    const { scope } = this.operations;
    return this.operations.answer(request, () => {
      const ref = parseLoadBalancerArn(scope, request.input.LoadBalancerArn);
      return (state) => ({ events: decideDeleteLoadBalancer(state, ref, scope), output: NO_OUTPUT });
    });
  }

  @MessagePattern(on('ModifyLoadBalancerAttributes'))
  modifyAttributes(
    @Payload() request: OperationRequest<Elbv2.ModifyLoadBalancerAttributesInput>,
  ): Promise<OperationReply<Elbv2.ModifyLoadBalancerAttributesOutput>> {
    const decide = (state: ReadonlyClusterState, ref: LoadBalancerRef): readonly DomainEvent[] =>
      decideModifyLoadBalancerAttributes(state, ref, request.input.Attributes);
    return this.change(request, decide, (changed) => ({ Attributes: attributesView(loadBalancerAttributes(changed)) }));
  }

  @MessagePattern(on('SetSecurityGroups'))
  setSecurityGroups(
    @Payload() request: OperationRequest<Elbv2.SetSecurityGroupsInput>,
  ): Promise<OperationReply<Elbv2.SetSecurityGroupsOutput>> {
    const decide = (state: ReadonlyClusterState, ref: LoadBalancerRef): readonly DomainEvent[] =>
      decideSetSecurityGroups(state, ref, request.input);
    return this.change(request, decide, ({ securityGroups }) => ({ SecurityGroupIds: securityGroups }));
  }

  @MessagePattern(on('SetSubnets'))
  setSubnets(
    @Payload() request: OperationRequest<Elbv2.SetSubnetsInput>,
  ): Promise<OperationReply<Elbv2.SetSubnetsOutput>> {
    const decide = (state: ReadonlyClusterState, ref: LoadBalancerRef): readonly DomainEvent[] =>
      decideSetSubnets(state, ref, request.input);
    return this.change(request, decide, (changed) => ({
      AvailabilityZones: availabilityZonesView(changed, this.operations.scope),
      IpAddressType: 'ipv4',
    }));
  }

  @MessagePattern(on('SetIpAddressType'))
  setIpAddressType(
    @Payload() request: OperationRequest<Elbv2.SetIpAddressTypeInput>,
  ): Promise<OperationReply<Elbv2.SetIpAddressTypeOutput>> {
    const decide = (state: ReadonlyClusterState, ref: LoadBalancerRef): readonly DomainEvent[] =>
      decideSetIpAddressType(state, ref, request.input);
    return this.change(request, decide, () => ({ IpAddressType: 'ipv4' }));
  }

  private change<Output>(
    request: OperationRequest<{ readonly LoadBalancerArn: string }>,
    decide: (state: ReadonlyClusterState, ref: LoadBalancerRef) => readonly DomainEvent[],
    view: (changed: LoadBalancer) => Output,
  ): Promise<OperationReply<Output>> {
    return this.operations.answer(request, () => {
      const ref = parseLoadBalancerArn(this.operations.scope, request.input.LoadBalancerArn);
      return (state) => ({ events: decide(state, ref), output: (after) => view(known(after, ref.name)) });
    });
  }
}

function known(after: StateStore, name: string): LoadBalancer {
  const loadBalancer = after.get('load-balancer', name);
  invariant(loadBalancer, 'The load balancer of an accepted command is known.');
  return loadBalancer;
}
