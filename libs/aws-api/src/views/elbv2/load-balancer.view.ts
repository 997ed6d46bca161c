import { type Elbv2, type LoadBalancer, loadBalancerArn, type Scope } from '@stowage/domain';
import { seconds } from '../seconds';

/** Of no zone that there is: nothing here is in Route 53. Terraform wants to read one. */
const HOSTED_ZONE = 'ZSTOWAGE';

/** `LoadBalancer` of the API. Its DNS name is the address that it listens on, which needs no resolver. */
export function loadBalancerView(loadBalancer: LoadBalancer, scope: Scope): Elbv2.LoadBalancer {
  const { code, reason } = loadBalancer.state;
  return {
    LoadBalancerArn: loadBalancerArn(scope, loadBalancer),
    DNSName: loadBalancer.address,
    CanonicalHostedZoneId: HOSTED_ZONE,
    CreatedTime: seconds(loadBalancer.createdAt),
    LoadBalancerName: loadBalancer.name,
    Scheme: loadBalancer.scheme,
    State: { Code: code, ...(reason !== undefined && { Reason: reason }) },
    Type: loadBalancer.type,
    AvailabilityZones: availabilityZonesView(loadBalancer, scope),
    SecurityGroups: loadBalancer.securityGroups,
    IpAddressType: 'ipv4',
  };
}

const ZONE_LETTERS = ['a', 'b', 'c', 'd', 'e', 'f'];

/**
 * The subnets as they were given. Subnets mean nothing here, so each is shown in the zone of its position, which keeps
 * the subnets of a load balancer in different zones, as Elastic Load Balancing requires.
 */
export function availabilityZonesView(
  { subnets }: Pick<LoadBalancer, 'subnets'>,
  { region }: Scope,
): readonly Elbv2.AvailabilityZone[] {
  return subnets.map((SubnetId, at) => ({
    ZoneName: `${region}${ZONE_LETTERS[at % ZONE_LETTERS.length] ?? ''}`,
    SubnetId,
  }));
}
