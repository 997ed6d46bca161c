import type { HealthCheck, TargetGroup } from '@stowage/domain';
import { type Backend, backendName } from './data-plane';
import { grpcCheckLines } from './grpc-check';
import { fallbackName, fallbackOptions, serverName, serverOptions } from './server';
import { STICKY_TOKEN_FORMAT, type Stickiness, stickinessOf } from './stickiness';
import { quoted } from './quoting';

/**
 * Map file of a backend with cookie stickiness. It maps tokens to the servers that take requests. The path is relative
 * to HAProxy's folder, because HAProxy splits the argument of a converter at characters that a folder's name may
 * contain.
 */
export const mapFile = (backend: string): string => `maps/${backend}.map`;

/**
 * A consistent hash moves few clients when a target is added or removed. Without `avalanche`, neighbours in a network
 * would all go to one target.
 */
const SPREAD_BY_SOURCE = '  hash-type consistent sdbm avalanche';

/** Returns the lines of a backend, except its servers. */
export function backendSection({ group, idleTimeoutSeconds }: Backend): readonly string[] {
  const name = backendName(group);
  const isHttp = group.protocol === 'HTTP' || group.protocol === 'HTTPS';
  const stickiness = stickinessOf(group);
  return [
    `backend ${name}`,
    `  mode ${isHttp ? 'http' : 'tcp'}`,
    `  balance ${stickiness?.type === 'source_ip' ? 'source' : algorithm(group)}`,
    ...(stickiness?.type === 'source_ip' ? [SPREAD_BY_SOURCE] : []),
    // HAProxy spreads requests over all fallback servers, as it does over the others.
    '  option allbackups',
    `  timeout server ${String(idleTimeoutSeconds)}s`,
    `  timeout tunnel ${String(idleTimeoutSeconds)}s`,
    ...checkLines(group).map((line) => `  ${line}`),
    ...(stickiness && stickiness.type !== 'source_ip'
      ? cookieLines(stickiness, mapFile(name)).map((line) => `  ${line}`)
      : []),
  ];
}

/**
 * Returns the servers as a new process starts with them. Servers that were healthy take requests at once; the others
 * stay in maintenance until the registrar sets their state. Fallback servers are always ready: HAProxy uses them only
 * when no other server is up.
 */
export function serverLines({ group }: Backend): readonly string[] {
  return group.targets.flatMap((target) => {
    const unless = (takesRequests: boolean): string => (takesRequests ? '' : ' disabled');
    const [isHealthy, drains] = [target.health.state === 'healthy', target.drainUntil !== undefined];
    return [
      `  server ${fallbackName(target)} ${fallbackOptions(group, target)}${unless(!drains)}`,
      `  server ${serverName(target)} ${serverOptions(group, target)}${unless(isHealthy)}`,
    ];
  });
}

function algorithm({ attributes }: TargetGroup): string {
  switch (attributes['load_balancing.algorithm.type']) {
    case 'least_outstanding_requests':
      return 'leastconn';
    case 'weighted_random':
      return 'random';
    default:
      return 'roundrobin';
  }
}

function checkLines({ healthCheck, protocolVersion }: TargetGroup): readonly string[] {
  const timeout = `timeout check ${String(healthCheck.timeoutSeconds * 1_000)}ms`;
  if (healthCheck.protocol === 'TCP') return [timeout, 'option tcp-check'];
  if (protocolVersion === 'GRPC') return [timeout, ...grpcCheckLines(healthCheck)];
  const path = quoted(healthCheck.path ?? '/');
  return [
    timeout,
    'option httpchk',
    `http-check send meth GET uri ${path} ver HTTP/1.1 hdr Host stowage-health-check hdr User-Agent ELB-HealthChecker/2.0 hdr Connection close`,
    expectation(healthCheck),
  ];
}

function expectation({ matcher }: HealthCheck): string {
  const codes = matcher && 'httpCode' in matcher ? matcher.httpCode : '200';
  return `http-check expect status ${codes.replaceAll(' ', '')}`;
}

/**
 * The cookie names a server, and the map lists the servers that take requests now. A client whose target is draining
 * therefore goes to another target. A stick-table would be lost with the process; a cookie is not.
 */
function cookieLines(stickiness: Exclude<Stickiness, { type: 'source_ip' }>, file: string): readonly string[] {
  const server = `req.cook(${stickiness.cookie}),map_str(${file})`;
  const cookie = `"${stickiness.cookie}=${STICKY_TOKEN_FORMAT}; Path=/; Max-Age=${String(stickiness.durationSeconds)}"`;
  if (stickiness.type === 'lb_cookie') {
    return [`use-server %[${server}] if { ${server} -m found }`, `http-response add-header Set-Cookie ${cookie}`];
  }
  const { applicationCookie } = stickiness;
  return [
    `use-server %[${server}] if { ${server} -m found } { req.cook(${applicationCookie}) -m found }`,
    `http-response add-header Set-Cookie ${cookie} if { res.cook(${applicationCookie}) -m found }`,
  ];
}
