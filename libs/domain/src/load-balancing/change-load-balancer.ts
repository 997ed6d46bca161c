import type { Scope } from '../arns';
import type { ReadonlyClusterState } from '../state/cluster-state';
import type * as Elbv2 from '../elbv2/shapes';
import { invalidParameter, Refusal } from '../refusal';
import { sameJson } from '../same-json';
import { changedLoadBalancerAttributes, loadBalancerAttributes } from './attributes';
import { checkIpAddressType, subnetsOf } from './create-load-balancer';
import { loadBalancerArn, type LoadBalancerRef } from './elb-arns';
import { ifMeant, knownLoadBalancer } from './find';
import type {
  LoadBalancer,
  LoadBalancerDeleted,
  LoadBalancerSettings,
  LoadBalancerUpdated,
} from './records/load-balancer';
import { notSupported } from './refused';

/**
 * Decides DeleteLoadBalancer, which also deletes listeners and rules. Returns no event if the load balancer does not
 * exist.
 */
export function decideDeleteLoadBalancer(
  state: ReadonlyClusterState,
  ref: LoadBalancerRef,
  scope: Scope,
): readonly LoadBalancerDeleted[] {
  const found = ifMeant(ref, state.loadBalancers.get(ref.name));
  if (!found) return [];
  if (loadBalancerAttributes(found)['deletion_protection.enabled'] === 'true') {
    throw new Refusal(
      'OperationNotPermittedException',
      `Load balancer '${loadBalancerArn(scope, found)}' cannot be deleted because deletion protection is enabled`,
    );
  }
  return [{ type: 'LoadBalancerDeleted', version: 1, loadBalancer: ref.name }];
}

/** Decides ModifyLoadBalancerAttributes. Attributes that the request omits keep their values. */
export function decideModifyLoadBalancerAttributes(
  state: ReadonlyClusterState,
  ref: LoadBalancerRef,
  given: readonly Elbv2.LoadBalancerAttribute[],
): readonly LoadBalancerUpdated[] {
  const found = knownLoadBalancer(state, ref);
  return updated(found, { attributes: changedLoadBalancerAttributes(found, given) });
}

export function decideSetSecurityGroups(
  state: ReadonlyClusterState,
  ref: LoadBalancerRef,
  input: Elbv2.SetSecurityGroupsInput,
): readonly LoadBalancerUpdated[] {
  const found = knownLoadBalancer(state, ref);
  if (input.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic === 'on') {
    throw notSupported('EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic');
  }
  return updated(found, { securityGroups: input.SecurityGroups });
}

export function decideSetSubnets(
  state: ReadonlyClusterState,
  ref: LoadBalancerRef,
  input: Elbv2.SetSubnetsInput,
): readonly LoadBalancerUpdated[] {
  const found = knownLoadBalancer(state, ref);
  checkIpAddressType(input.IpAddressType);
  if (input.EnablePrefixForIpv6SourceNat === 'on') throw notSupported('EnablePrefixForIpv6SourceNat');
  const subnets = subnetsOf(input);
  if (!subnets) throw invalidParameter('You must specify either Subnets or SubnetMappings');
  return updated(found, { subnets });
}

/** Decides SetIpAddressType. Only one type is supported, so it never returns an event. */
export function decideSetIpAddressType(
  state: ReadonlyClusterState,
  ref: LoadBalancerRef,
  input: Elbv2.SetIpAddressTypeInput,
): readonly LoadBalancerUpdated[] {
  knownLoadBalancer(state, ref);
  checkIpAddressType(input.IpAddressType);
  return [];
}

function updated(
  { name, subnets, securityGroups, attributes }: LoadBalancer,
  changes: Partial<LoadBalancerSettings>,
): readonly LoadBalancerUpdated[] {
  const before = { subnets, securityGroups, attributes };
  const settings = { ...before, ...changes };
  if (sameJson(before, settings)) return [];
  return [{ type: 'LoadBalancerUpdated', version: 1, loadBalancer: name, settings }];
}
