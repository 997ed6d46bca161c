import { djb2, stickinessOf } from './stickiness';
import { type Target, type TargetGroup, targetKey, type TargetKey } from '@stowage/domain';

/**
 * A target's name in its backend. It contains the address: a target that is registered again at another address is a
 * different server, which may exist before the first one is removed.
 */
export const serverName = (target: TargetKey & { readonly address: string }): string =>
  `${targetKey(target)}_${target.address}`;

/**
 * Each target has two servers in its backend. HAProxy sends requests to the fallback servers, which have no checks,
 * while no target of the group is up. This is ELB's fail-open, and it needs no reaction of the registrar.
 */
export const fallbackName = (target: TargetKey & { readonly address: string }): string =>
  `${serverName(target)}_fallback`;

/**
 * Interval of checks after a failed check or before the first one, so that the target gets requests as soon as it can
 * take them. Checks that count towards the thresholds have the group's interval.
 */
const DOWN_INTERVAL_MS = 500;

/** Returns the options of a server, as haproxy.cfg and `add server` take them, without its state. */
export const serverOptions = (group: TargetGroup, target: Target): string =>
  [
    addressOf(target),
    ...idOptions(group, serverName(target)),
    ...connectionOptions(group),
    ...slowStartOptions(group),
    ...checkOptions(group, target),
  ].join(' ');

export const fallbackOptions = (group: TargetGroup, target: Target): string =>
  [addressOf(target), ...idOptions(group, fallbackName(target)), ...connectionOptions(group), 'backup'].join(' ');

const addressOf = ({ address, port }: Target): string => `${address}:${String(port)}`;

const ID_MAX = 0x7fffffff;

/**
 * Ids of servers that are selected by a hash. HAProxy 2.6 computes that hash before it numbers a server that is added
 * at run time: without an id from here, all such servers would have the same place, and most of them would get no
 * requests. The id is derived from the name, so that it stays the same after a reload.
 */
function idOptions(group: TargetGroup, name: string): readonly string[] {
  const isHashed =
    stickinessOf(group)?.type === 'source_ip' ||
    group.attributes['load_balancing.algorithm.type'] === 'weighted_random';
  return isHashed ? ['id', String((djb2(name) % ID_MAX) + 1)] : [];
}

const speaksHttp2 = ({ protocolVersion }: TargetGroup): boolean =>
  protocolVersion === 'HTTP2' || protocolVersion === 'GRPC';

function connectionOptions(group: TargetGroup): readonly string[] {
  const { protocol, attributes } = group;
  const http2 = speaksHttp2(group);
  const encrypted = protocol === 'HTTPS' || protocol === 'TLS';
  return [
    // ELB also accepts every certificate of a target.
    ...(encrypted ? ['ssl', 'verify', 'none', ...(http2 ? ['alpn', 'h2'] : [])] : []),
    ...(http2 && !encrypted ? ['proto', 'h2'] : []),
    ...(attributes['proxy_protocol_v2.enabled'] === 'true' ? ['send-proxy-v2'] : []),
    // A server that is added at run time would keep no idle connection, and would open a connection for each request.
    'pool-max-conn',
    '-1',
    'pool-purge-delay',
    '5s',
  ];
}

function slowStartOptions({ attributes }: TargetGroup): readonly string[] {
  const seconds = Number(attributes['slow_start.duration_seconds'] ?? 0);
  return seconds > 0 ? ['slowstart', `${String(seconds)}s`] : [];
}

function checkOptions(group: TargetGroup, { port }: Target): readonly string[] {
  const { healthCheck } = group;
  const checkPort = healthCheck.port === 'traffic-port' ? port : Number(healthCheck.port);
  return [
    'check',
    'port',
    String(checkPort),
    ...(healthCheck.protocol === 'HTTPS' ? ['check-ssl', 'verify', 'none'] : []),
    ...(speaksHttp2(group) && healthCheck.protocol === 'HTTPS' ? ['check-alpn', 'h2'] : []),
    // The bytes of a gRPC check are HTTP/2 already.
    ...(group.protocolVersion === 'HTTP2' && healthCheck.protocol === 'HTTP' ? ['check-proto', 'h2'] : []),
    'inter',
    `${String(healthCheck.intervalSeconds * 1_000)}ms`,
    'downinter',
    `${String(Math.min(healthCheck.intervalSeconds * 1_000, DOWN_INTERVAL_MS))}ms`,
    'rise',
    String(healthCheck.healthyThreshold),
    'fall',
    String(healthCheck.unhealthyThreshold),
  ];
}
