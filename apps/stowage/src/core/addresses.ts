export const EVERY_ADDRESS = '0.0.0.0';
export const LOOPBACK = '127.0.0.1';

/** Port of the API. NATS has the next one, and Postgres the one after. */
export const DEFAULT_PORT = 5_100;
export const PORTS_OF_A_STOWAGE = 3;

/** As it stands in a URL: an IPv6 address is in brackets. */
export function hostAndPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}
