import type { ReadonlyClusterState } from '../state/cluster-state';
import type * as Elbv2 from '../elbv2/shapes';
import { invariant } from '../invariant';
import { invalidParameter, Refusal } from '../refusal';
import { sameJson } from '../same-json';
import { checkElbName } from './elb-names';
import { newElbTags } from './elb-tags';
import { ELB_LIMITS } from './limits';
import type { LoadBalancer, LoadBalancerCreated } from './records/load-balancer';
import { notSupported } from './refused';

export interface CreateLoadBalancer {
  readonly input: Elbv2.CreateLoadBalancerInput;
  readonly id: string;
  /** Addresses for load balancers, at least one. Each load balancer gets its own address while enough are free. */
  readonly addresses: readonly string[];
}

/**
 * Decides CreateLoadBalancer. Returns no event if a load balancer of that name has the same settings. Reads all load
 * balancers to find a free address. @throws Refusal
 */
export function decideCreateLoadBalancer(
  state: ReadonlyClusterState,
  { input, id, addresses }: CreateLoadBalancer,
): readonly LoadBalancerCreated[] {
  const { Name: name, Scheme: scheme = 'internet-facing' } = input;
  checkElbName('load balancer', name);
  checkIsPossible(input);
  const type = input.Type === 'network' ? 'network' : 'application';
  const settings = { subnets: subnetsOf(input) ?? [], securityGroups: input.SecurityGroups ?? [], attributes: {} };
  const tags = newElbTags(input.Tags);
  const existing = state.loadBalancers.get(name);
  if (existing) {
    checkIsSame(existing, { type, scheme, subnets: settings.subnets, securityGroups: settings.securityGroups });
    return [];
  }
  checkLimit(state, type);
  const address = leastUsed(addresses, [...state.loadBalancers.values()]);
  const about = { version: 1, loadBalancer: name, id, loadBalancerType: type } as const;
  return [{ type: 'LoadBalancerCreated', ...about, scheme, address, settings, tags }];
}

function checkIsPossible(input: Elbv2.CreateLoadBalancerInput): void {
  if (input.Type === 'gateway') throw notSupported("Load balancer type 'gateway'", "use 'application' or 'network'");
  checkIpAddressType(input.IpAddressType);
  if (input.CustomerOwnedIpv4Pool !== undefined) throw notSupported('CustomerOwnedIpv4Pool');
  if (input.IpamPools?.Ipv4IpamPoolId !== undefined) throw notSupported('IpamPools');
  if (input.EnablePrefixForIpv6SourceNat === 'on') throw notSupported('EnablePrefixForIpv6SourceNat');
}

/** @throws Refusal if a load balancer of that name exists with different settings, or the limit is reached. */
export function checkIpAddressType(given: Elbv2.CreateLoadBalancerInput['IpAddressType']): void {
  if (given !== undefined && given !== 'ipv4') throw notSupported(`IpAddressType '${given}'`, "use 'ipv4'");
}

/** Returns the subnets that a request names in either form. @throws Refusal */
export function subnetsOf({
  Subnets: subnets,
  SubnetMappings: mappings,
}: Pick<Elbv2.CreateLoadBalancerInput, 'Subnets' | 'SubnetMappings'>): readonly string[] | undefined {
  if (subnets && mappings) throw invalidParameter('You can specify either Subnets or SubnetMappings, not both');
  for (const { AllocationId, PrivateIPv4Address, IPv6Address, SourceNatIpv6Prefix } of mappings ?? []) {
    const given = AllocationId ?? PrivateIPv4Address ?? IPv6Address ?? SourceNatIpv6Prefix;
    if (given !== undefined) throw notSupported('An address in SubnetMappings', 'specify the SubnetId alone');
  }
  return subnets ?? mappings?.map(({ SubnetId = '' }) => SubnetId);
}

type Compared = Pick<LoadBalancer, 'type' | 'scheme' | 'subnets' | 'securityGroups'>;

function checkIsSame({ name, type, scheme, subnets, securityGroups }: LoadBalancer, wanted: Compared): void {
  if (sameJson({ type, scheme, subnets, securityGroups }, wanted)) return;
  throw new Refusal(
    'DuplicateLoadBalancerNameException',
    `A load balancer with the same name '${name}' exists, but with different settings`,
  );
}

function checkLimit({ loadBalancers }: ReadonlyClusterState, type: LoadBalancer['type']): void {
  const max = ELB_LIMITS[`${type}-load-balancers`];
  if ([...loadBalancers.values()].filter((each) => each.type === type).length < max) return;
  throw new Refusal('TooManyLoadBalancersException', `The maximum number of ${type} load balancers is ${String(max)}`);
}

/** Returns the first unused address, or the first one with the fewest load balancers. */
function leastUsed(addresses: readonly string[], loadBalancers: readonly LoadBalancer[]): string {
  const users = new Map<string, number>();
  for (const { address } of loadBalancers) users.set(address, (users.get(address) ?? 0) + 1);
  const [address] = [...addresses].sort((a, b) => (users.get(a) ?? 0) - (users.get(b) ?? 0));
  invariant(address, 'There is at least one address for load balancers.');
  return address;
}
