import { type Elbv2, type HealthCheck, type Scope, type TargetGroup, targetGroupArn } from '@stowage/domain';

/** Returns the API's `TargetGroup`. */
export function targetGroupView(
  group: TargetGroup,
  scope: Scope,
  loadBalancerArns: readonly string[],
): Elbv2.TargetGroup {
  const { healthCheck } = group;
  return {
    TargetGroupArn: targetGroupArn(scope, group),
    TargetGroupName: group.name,
    Protocol: group.protocol,
    Port: group.port,
    ...(group.vpcId !== undefined && { VpcId: group.vpcId }),
    HealthCheckProtocol: healthCheck.protocol,
    HealthCheckPort: healthCheck.port,
    HealthCheckEnabled: true,
    HealthCheckIntervalSeconds: healthCheck.intervalSeconds,
    HealthCheckTimeoutSeconds: healthCheck.timeoutSeconds,
    HealthyThresholdCount: healthCheck.healthyThreshold,
    UnhealthyThresholdCount: healthCheck.unhealthyThreshold,
    ...(healthCheck.path !== undefined && { HealthCheckPath: healthCheck.path }),
    ...(healthCheck.matcher && { Matcher: matcherView(healthCheck.matcher) }),
    LoadBalancerArns: loadBalancerArns,
    TargetType: group.targetType,
    ...(group.protocolVersion && { ProtocolVersion: group.protocolVersion }),
    IpAddressType: 'ipv4',
  };
}

function matcherView(matcher: NonNullable<HealthCheck['matcher']>): Elbv2.Matcher {
  return 'httpCode' in matcher ? { HttpCode: matcher.httpCode } : { GrpcCode: matcher.grpcCode };
}
