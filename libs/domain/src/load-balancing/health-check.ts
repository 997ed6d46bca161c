import type * as Elbv2 from '../elbv2/shapes';
import { invalidParameter } from '../refusal';
import type { HealthCheck, TargetGroup, TargetProtocol } from './records/target-group';

/** Health check members of the requests that create and modify target groups. */
export type GivenHealthCheck = Pick<
  Elbv2.ModifyTargetGroupInput,
  | 'HealthCheckEnabled'
  | 'HealthCheckProtocol'
  | 'HealthCheckPort'
  | 'HealthCheckPath'
  | 'HealthCheckIntervalSeconds'
  | 'HealthCheckTimeoutSeconds'
  | 'HealthyThresholdCount'
  | 'UnhealthyThresholdCount'
  | 'Matcher'
>;

const isHttp = (protocol: string): boolean => protocol === 'HTTP' || protocol === 'HTTPS';

/** Members of a target group that determine the valid health checks. */
type Kind = Pick<TargetGroup, 'protocol' | 'protocolVersion'>;

/** Default health check of a new target group (ecs-api 6.4). */
export function defaultHealthCheck({ protocol, protocolVersion }: Kind, checked: HealthCheck['protocol']): HealthCheck {
  const common = { port: 'traffic-port', intervalSeconds: 30, healthyThreshold: 5, unhealthyThreshold: 2 } as const;
  if (protocolVersion === 'GRPC') {
    return {
      ...common,
      protocol: checked,
      path: '/AWS.ALB/healthcheck',
      timeoutSeconds: 5,
      matcher: { grpcCode: '12' },
    };
  }
  if (isHttp(protocol)) {
    return { ...common, protocol: checked, path: '/', timeoutSeconds: 5, matcher: { httpCode: '200' } };
  }
  if (checked === 'TCP') return { ...common, protocol: checked, timeoutSeconds: 10 };
  return { ...common, protocol: checked, path: '/', timeoutSeconds: 6, matcher: { httpCode: '200-399' } };
}

/** Returns the requested protocol, by default that of the group's kind. @throws Refusal */
export function healthCheckProtocol(
  protocol: TargetProtocol,
  given: GivenHealthCheck['HealthCheckProtocol'],
): HealthCheck['protocol'] {
  if (given === undefined) return isHttp(protocol) ? 'HTTP' : 'TCP';
  if (given === 'HTTP' || given === 'HTTPS') return given;
  if (given === 'TCP' && !isHttp(protocol)) return given;
  throw invalidParameter(
    `Health check protocol '${given}' is not supported for target groups of protocol '${protocol}'`,
  );
}

/** Returns `current` with the given members replaced. @throws Refusal */
export function changedHealthCheck(kind: Kind, current: HealthCheck, given: GivenHealthCheck): HealthCheck {
  if (given.HealthCheckEnabled === false) {
    throw invalidParameter("Health check enabled must be true for target groups with target type 'instance' or 'ip'");
  }
  const protocol = given.HealthCheckProtocol
    ? healthCheckProtocol(kind.protocol, given.HealthCheckProtocol)
    : current.protocol;
  // A check that changes to or from HTTP starts with the defaults of its kind.
  const base = isHttp(protocol) === isHttp(current.protocol) ? current : defaultHealthCheck(kind, protocol);
  if (!isHttp(protocol) && (given.HealthCheckPath !== undefined || given.Matcher !== undefined)) {
    throw invalidParameter("Health check path and matcher are not supported for health check protocol 'TCP'");
  }
  const path = given.HealthCheckPath ?? base.path;
  const intervalSeconds = given.HealthCheckIntervalSeconds ?? base.intervalSeconds;
  const matcher = given.Matcher ? readMatcher(kind, given.Matcher) : base.matcher;
  const check: HealthCheck = {
    protocol,
    port: given.HealthCheckPort ?? base.port,
    ...(path !== undefined && { path }),
    intervalSeconds,
    timeoutSeconds: given.HealthCheckTimeoutSeconds ?? keptTimeout(kind, base, intervalSeconds),
    healthyThreshold: given.HealthyThresholdCount ?? base.healthyThreshold,
    unhealthyThreshold: given.UnhealthyThresholdCount ?? base.unhealthyThreshold,
    ...(matcher && { matcher }),
  };
  checkParts(kind, check);
  return check;
}

/** Returns the timeout of `base`, shortened to fit the interval if it is the default, which no client chose. */
function keptTimeout(kind: Kind, { protocol, timeoutSeconds }: HealthCheck, intervalSeconds: number): number {
  const isDefault = timeoutSeconds === defaultHealthCheck(kind, protocol).timeoutSeconds;
  return isDefault ? Math.min(timeoutSeconds, longestTimeout(kind, intervalSeconds)) : timeoutSeconds;
}

/** The timeout of a TCP or TLS group can equal the interval. For HTTP and HTTPS it must be smaller. */
function longestTimeout({ protocol }: Kind, intervalSeconds: number): number {
  return isHttp(protocol) ? intervalSeconds - 1 : intervalSeconds;
}

const PORT_MAX = 65_535;

function checkParts(kind: Kind, { port, path, intervalSeconds, timeoutSeconds }: HealthCheck): void {
  if (port !== 'traffic-port' && !(/^[1-9]\d{0,4}$/.test(port) && Number(port) <= PORT_MAX)) {
    throw invalidParameter(`Health check port '${port}' must be '1-65535' or 'traffic-port'`);
  }
  if (path !== undefined && !/^\/[\x21-\x7e]*$/.test(path)) {
    throw invalidParameter(`Health check path '${path}' must begin with a '/' character and have no spaces`);
  }
  if (timeoutSeconds > longestTimeout(kind, intervalSeconds)) {
    const limit = isHttp(kind.protocol) ? 'smaller than' : 'smaller than or equal to';
    throw invalidParameter(
      `Health check timeout '${String(timeoutSeconds)}' must be ${limit} the interval '${String(intervalSeconds)}'`,
    );
  }
}

function readMatcher(
  { protocol, protocolVersion }: Kind,
  { HttpCode: httpCode, GrpcCode: grpcCode }: Elbv2.Matcher,
): NonNullable<HealthCheck['matcher']> {
  if (protocolVersion === 'GRPC') {
    if (grpcCode === undefined || httpCode !== undefined) {
      throw invalidParameter("The matcher of a target group of protocol version 'GRPC' is a GRPC code");
    }
    checkCodes('GRPC', grpcCode, { from: 0, to: 99 });
    return { grpcCode };
  }
  if (httpCode === undefined || grpcCode !== undefined) {
    throw invalidParameter("The matcher of a target group that is not of protocol version 'GRPC' is an HTTP code");
  }
  checkCodes('HTTP', httpCode, { from: 200, to: isHttp(protocol) ? 499 : 599 });
  return { httpCode };
}

/** Matches `200`, `200,202` and `200-299`, and lists of these. */
function checkCodes(
  kind: 'HTTP' | 'GRPC',
  codes: string,
  bounds: { readonly from: number; readonly to: number },
): void {
  const ranges = codes.split(',').map((range) => /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(range));
  const isValid = ranges.every((range) => {
    const [from, to] = [Number(range?.[1]), Number(range?.[2] ?? range?.[1])];
    return from >= bounds.from && from <= to && to <= bounds.to;
  });
  if (isValid) return;
  throw invalidParameter(
    `Health check matcher ${kind} code '${codes}' must be within '${String(bounds.from)}-${String(bounds.to)}' inclusive`,
  );
}
