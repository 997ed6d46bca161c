import type { ReadonlyClusterState } from '../state/cluster-state';
import type * as Elbv2 from '../elbv2/shapes';
import { invalidParameter, Refusal } from '../refusal';
import { sameJson } from '../same-json';
import { checkElbName } from './elb-names';
import { newElbTags } from './elb-tags';
import { changedHealthCheck, defaultHealthCheck, healthCheckProtocol } from './health-check';
import { ELB_LIMITS } from './limits';
import { notSupported } from './refused';
import type { TargetGroup, TargetGroupCreated, TargetProtocol } from './records/target-group';

export interface CreateTargetGroup {
  readonly input: Elbv2.CreateTargetGroupInput;
  readonly id: string;
}

/** Decides CreateTargetGroup. Returns no event if a group of that name has the same settings. @throws Refusal */
export function decideCreateTargetGroup(
  state: ReadonlyClusterState,
  { input, id }: CreateTargetGroup,
): readonly TargetGroupCreated[] {
  const { Name: name } = input;
  checkElbName('target group', name);
  checkIsPossible(input);
  const settings = settingsOf(input);
  const tags = newElbTags(input.Tags);
  const existing = state.targetGroups.get(name);
  if (existing) {
    checkIsSame(existing, settings);
    return [];
  }
  const max = ELB_LIMITS['target-groups'];
  if (state.targetGroups.size >= max) {
    throw new Refusal('TooManyTargetGroupsException', `The maximum number of target groups is ${String(max)}`);
  }
  return [{ type: 'TargetGroupCreated', version: 1, targetGroup: name, id, ...settings, tags }];
}

function checkIsPossible({ TargetType, IpAddressType, TargetControlPort }: Elbv2.CreateTargetGroupInput): void {
  if (TargetType === 'lambda' || TargetType === 'alb') {
    throw notSupported(`Target type '${TargetType}'`, "use 'instance' or 'ip'");
  }
  if (IpAddressType === 'ipv6') throw notSupported("IpAddressType 'ipv6'", "use 'ipv4'");
  if (TargetControlPort !== undefined) throw notSupported('TargetControlPort');
}

type Settings = Omit<TargetGroupCreated, 'type' | 'version' | 'targetGroup' | 'id' | 'tags'>;

function settingsOf(input: Elbv2.CreateTargetGroupInput): Settings {
  const protocol = targetProtocol(input.Protocol);
  if (input.Port === undefined) throw invalidParameter('A port must be specified');
  const version = protocolVersion(protocol, input.ProtocolVersion);
  const kind = { protocol, ...(version && { protocolVersion: version }) };
  const checked = healthCheckProtocol(protocol, input.HealthCheckProtocol);
  return {
    targetType: input.TargetType === 'ip' ? 'ip' : 'instance',
    protocol,
    ...(version && { protocolVersion: version }),
    port: input.Port,
    ...(input.VpcId !== undefined && { vpcId: input.VpcId }),
    healthCheck: changedHealthCheck(kind, defaultHealthCheck(kind, checked), input),
  };
}

function targetProtocol(given: Elbv2.CreateTargetGroupInput['Protocol']): TargetProtocol {
  if (given === undefined) throw invalidParameter('A protocol must be specified');
  if (given === 'HTTP' || given === 'HTTPS' || given === 'TCP' || given === 'TLS') return given;
  throw notSupported(`Protocol '${given}'`, 'use HTTP, HTTPS, TCP or TLS');
}

function protocolVersion(
  protocol: TargetProtocol,
  given: string | undefined,
): NonNullable<TargetGroup['protocolVersion']> | undefined {
  const isHttp = protocol === 'HTTP' || protocol === 'HTTPS';
  if (given === undefined) return isHttp ? 'HTTP1' : undefined;
  if (!isHttp) throw invalidParameter(`Protocol version is not supported for protocol '${protocol}'`);
  if (given === 'HTTP1' || given === 'HTTP2' || given === 'GRPC') return given;
  throw invalidParameter(`Protocol version '${given}' must be one of HTTP1, HTTP2 or GRPC`);
}

function checkIsSame(group: TargetGroup, wanted: Settings): void {
  const { targetType, protocol, protocolVersion: version, port, vpcId, healthCheck } = group;
  const current = { targetType, protocol, ...(version && { protocolVersion: version }), port, vpcId, healthCheck };
  if (sameJson(current, wanted)) return;
  throw new Refusal(
    'DuplicateTargetGroupNameException',
    `A target group with the same name '${group.name}' exists, but with different settings`,
  );
}
