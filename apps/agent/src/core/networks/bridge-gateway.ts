/**
 * Returns the gateway of a bridge that is configured without one. Docker then uses the first address of the subnet:
 * `172.17.0.0/16` -> `172.17.0.1`.
 */
export function gatewayOf(config: {
  readonly Gateway?: string | undefined;
  readonly Subnet?: string | undefined;
}): string | undefined {
  if (config.Gateway) return config.Gateway;
  const [network = ''] = (config.Subnet ?? '').split('/', 1);
  const bytes = /^(\d+\.\d+\.\d+)\.(\d+)$/.exec(network);
  return bytes ? `${bytes[1] ?? ''}.${String(Number(bytes[2]) + 1)}` : undefined;
}
