import type * as Elbv2 from '../elbv2/elbv2-shapes';
import { invalidParameter } from '../refusal';
import { notSupported } from './refused';
import type { HealthCheck, TargetProtocol } from './target-group';

/** What the requests that make and change groups say of health checks. */
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

/** Of a new group that says nothing of them (ecs-api 6.4). */
export function defaultHealthCheck(protocol: TargetProtocol, checked: HealthCheck['protocol']): HealthCheck {
  const common = { port: 'traffic-port', intervalSeconds: 30, healthyThreshold: 5, unhealthyThreshold: 2 } as const;
  if (isHttp(protocol)) {
    return { ...common, protocol: checked, path: '/', timeoutSeconds: 5, matcher: { httpCode: '200' } };
  }
  if (checked === 'TCP') return { ...common, protocol: checked, timeoutSeconds: 10 };
  return { ...common, protocol: checked, path: '/', timeoutSeconds: 6, matcher: { httpCode: '200-399' } };
}

/** The protocol that is meant; by default that of the group's kind. @throws Refusal */
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

/** `current` with what is given over it. @throws Refusal */
export function changedHealthCheck(
  protocol: TargetProtocol,
  current: HealthCheck,
  given: GivenHealthCheck,
): HealthCheck {
  if (given.HealthCheckEnabled === false) {
    throw invalidParameter("Health check enabled must be true for target groups with target type 'instance' or 'ip'");
  }
  if (given.Matcher?.GrpcCode !== undefined) throw notSupported('Matcher.GrpcCode');
  const checked = given.HealthCheckProtocol
    ? healthCheckProtocol(protocol, given.HealthCheckProtocol)
    : current.protocol;
  const base =
    checked === current.protocol || isHttp(checked) === isHttp(current.protocol)
      ? { ...current, protocol: checked }
      : defaultHealthCheck(protocol, checked);
  const path = given.HealthCheckPath ?? base.path;
  const httpCode = given.Matcher?.HttpCode ?? base.matcher?.httpCode;
  if (checked === 'TCP' && (given.HealthCheckPath !== undefined || given.Matcher?.HttpCode !== undefined)) {
    throw invalidParameter("Health check path and matcher are not supported for health check protocol 'TCP'");
  }
  const check: HealthCheck = {
    protocol: checked,
    port: given.HealthCheckPort ?? base.port,
    ...(path !== undefined && { path }),
    intervalSeconds: given.HealthCheckIntervalSeconds ?? base.intervalSeconds,
    timeoutSeconds: given.HealthCheckTimeoutSeconds ?? base.timeoutSeconds,
    healthyThreshold: given.HealthyThresholdCount ?? base.healthyThreshold,
    unhealthyThreshold: given.UnhealthyThresholdCount ?? base.unhealthyThreshold,
    ...(httpCode !== undefined && { matcher: { httpCode } }),
  };
  checkParts(check, isHttp(protocol) ? 499 : 599);
  return check;
}

const PORT_MAX = 65_535;

function checkParts({ port, path, intervalSeconds, timeoutSeconds, matcher }: HealthCheck, codeMax: number): void {
  if (port !== 'traffic-port' && !(/^[1-9]\d{0,4}$/.test(port) && Number(port) <= PORT_MAX)) {
    throw invalidParameter(`Health check port '${port}' must be '1-65535' or 'traffic-port'`);
  }
  if (path !== undefined && !/^\/[\x21-\x7e]*$/.test(path)) {
    throw invalidParameter(`Health check path '${path}' must begin with a '/' character and have no spaces`);
  }
  if (timeoutSeconds >= intervalSeconds) {
    throw invalidParameter(
      `Health check timeout '${String(timeoutSeconds)}' must be smaller than the interval '${String(intervalSeconds)}'`,
    );
  }
  if (matcher) checkMatcher(matcher.httpCode, codeMax);
}

const CODE_MIN = 200;

function checkMatcher(httpCode: string, codeMax: number): void {
  const ranges = httpCode.split(',').map((range) => /^(\d{3})(?:-(\d{3}))?$/.exec(range));
  const isValid = ranges.every((range) => {
    const [from, to] = [Number(range?.[1]), Number(range?.[2] ?? range?.[1])];
    return from >= CODE_MIN && from <= to && to <= codeMax;
  });
  if (isValid) return;
  throw invalidParameter(
    `Health check matcher HTTP code '${httpCode}' must be within '${String(CODE_MIN)}-${String(codeMax)}' inclusive`,
  );
}
