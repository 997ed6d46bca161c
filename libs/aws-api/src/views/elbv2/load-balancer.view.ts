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
    AvailabilityZones: availabilityZonesView(loadBalancer),
    SecurityGroups: loadBalancer.securityGroups,
    IpAddressType: 'ipv4',
  };
}

/** The subnets as they were given; which zones they are in, nobody here knows. */
export function availabilityZonesView({ subnets }: Pick<LoadBalancer, 'subnets'>): readonly Elbv2.AvailabilityZone[] {
  return subnets.map((SubnetId) => ({ SubnetId }));
}
