import { type Target, type TargetGroup, targetKey, type TargetKey } from '@stowage/domain';

/**
 * A target's name in its backend. The address is part of it: a target that is registered anew at another address is
 * another server, which comes before the first is gone.
 */
export const serverName = (target: TargetKey & { readonly address: string }): string =>
  `${targetKey(target)}_${target.address}`;

/**
 * A target whose last check failed, or that has had none, is looked at so often: it gets requests as soon as it can
 * take them. What counts towards the thresholds is checked at the group's interval.
 */
const DOWN_INTERVAL_MS = 500;

/** Everything about a server but its state, as both haproxy.cfg and `add server` take it. */
export function serverOptions(group: TargetGroup, { address, port }: Target): string {
  const { protocol, protocolVersion, healthCheck, attributes } = group;
  const checkPort = healthCheck.port === 'traffic-port' ? port : Number(healthCheck.port);
  const http2 = protocolVersion === 'HTTP2' || protocolVersion === 'GRPC';
  const encrypted = protocol === 'HTTPS' || protocol === 'TLS';
  const slowStart = Number(attributes['slow_start.duration_seconds'] ?? 0);
  return [
    `${address}:${String(port)}`,
    // As ELB: targets may show any certificate.
    ...(encrypted ? ['ssl', 'verify', 'none', ...(http2 ? ['alpn', 'h2'] : [])] : []),
    ...(http2 && !encrypted ? ['proto', 'h2'] : []),
    ...(attributes['proxy_protocol_v2.enabled'] === 'true' ? ['send-proxy-v2'] : []),
    ...(slowStart > 0 ? ['slowstart', `${String(slowStart)}s`] : []),
    // A server that is added at run time would keep no idle connection: a new one for every request.
    'pool-max-conn',
    '-1',
    'pool-purge-delay',
    '5s',
    'check',
    'port',
    String(checkPort),
    ...(healthCheck.protocol === 'HTTPS' ? ['check-ssl', 'verify', 'none'] : []),
    ...(http2 && healthCheck.protocol === 'HTTP' ? ['check-proto', 'h2'] : []),
    'inter',
    `${String(healthCheck.intervalSeconds * 1_000)}ms`,
    'downinter',
    `${String(Math.min(healthCheck.intervalSeconds * 1_000, DOWN_INTERVAL_MS))}ms`,
    'rise',
    String(healthCheck.healthyThreshold),
    'fall',
    String(healthCheck.unhealthyThreshold),
  ].join(' ');
}
