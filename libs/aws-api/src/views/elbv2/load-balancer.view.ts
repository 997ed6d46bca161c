import { type Elbv2, type LoadBalancer, loadBalancerArn, type Scope } from '@stowage/domain';
import { seconds } from '../seconds';

/** Id of a Route 53 zone that does not exist. Terraform requires a value. */
const HOSTED_ZONE = 'ZSTOWAGE';

/** Returns the API's `LoadBalancer`. Its DNS name is the address of its listeners, which needs no resolver. */
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
 * Returns the subnets as given. Subnets have no effect. Each is displayed in the zone of its position, so that the
 * subnets are in different zones, as Elastic Load Balancing requires.
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
