export const EVERY_ADDRESS = '0.0.0.0';
export const LOOPBACK = '127.0.0.1';

/** Default port of the API. NATS uses the next port, and Postgres the one after. */
export const DEFAULT_PORT = 5_100;
export const PORTS_OF_A_STOWAGE = 3;

/** Returns a host in the form of a URL, where an IPv6 address is in brackets. */
export function hostAndPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}
