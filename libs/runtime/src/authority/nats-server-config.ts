import { isIP } from 'node:net';
import type { Authority } from './authority';
import type { Certificates } from './certificates';

export interface NatsServerConfigOptions {
  readonly authority: Authority;
  /** Address to listen on. An address other than loopback requires `certificates`. */
  readonly host: string;
  readonly port: number;
  readonly storeDir: string;
  readonly certificates?: Certificates;
  readonly serverName?: string;
  readonly cluster?: NatsClusterOptions;
  readonly pidFile?: string;
  readonly logFile?: string;
}

/** Settings of a server in a cluster. Routes use the certificates in both directions. */
export interface NatsClusterOptions {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** `nats-route://host:port` of all servers. */
  readonly routes: readonly string[];
}

/** Maximum number of atomic batches that one server accepts at once, from all processes together. */
export const BATCHES_IN_FLIGHT_MAX = 1_000;

/**
 * Returns the text of nats.conf.
 * @throws Error if the server would listen beyond loopback without TLS.
 */
export function natsServerConfig(options: NatsServerConfigOptions): string {
  const { authority, certificates, cluster } = options;
  for (const host of [options.host, ...(cluster ? [cluster.host] : [])]) {
    if (!certificates && !isLoopback(host)) throw new Error(`NATS listens on ${host} only with TLS.`);
  }
  const { account, systemAccount, readers } = authority;
  const lines = [
    `listen: ${quoted(`${bracketed(options.host)}:${String(options.port)}`)}`,
    ...(options.serverName ? [`server_name: ${quoted(options.serverName)}`] : []),
    ...(options.pidFile ? [`pid_file: ${quoted(options.pidFile)}`] : []),
    ...(options.logFile ? [`log_file: ${quoted(options.logFile)}`] : []),
    'max_payload: 8MB',
    'jetstream {',
    `  store_dir: ${quoted(options.storeDir)}`,
    // A write is on the disk before it is acknowledged.
    '  sync_interval: always',
    `  limits { batch { max_inflight_per_stream: ${String(BATCHES_IN_FLIGHT_MAX)}, timeout: 2s } }`,
    '}',
    `operator: ${authority.operatorJwt}`,
    `system_account: ${systemAccount.publicKey}`,
    'resolver: MEMORY',
    'resolver_preload: {',
    `  ${account.publicKey}: ${account.jwt}`,
    `  ${systemAccount.publicKey}: ${systemAccount.jwt}`,
    `  ${readers.publicKey}: ${readers.jwt}`,
    '}',
    ...(certificates ? tls(certificates, false) : []),
    ...(cluster ? clusterLines(cluster, certificates) : []),
  ];
  return `${lines.join('\n')}\n`;
}

function clusterLines(cluster: NatsClusterOptions, certificates: Certificates | undefined): readonly string[] {
  return [
    'cluster {',
    `  name: ${quoted(cluster.name)}`,
    `  listen: ${quoted(`${bracketed(cluster.host)}:${String(cluster.port)}`)}`,
    `  routes: [${cluster.routes.map(quoted).join(', ')}]`,
    ...(certificates ? tls(certificates, true).map((line) => `  ${line}`) : []),
    '}',
  ];
}

function tls({ caFile, certFile, keyFile }: Certificates, verify: boolean): readonly string[] {
  return [
    'tls {',
    `  cert_file: ${quoted(certFile)}`,
    `  key_file: ${quoted(keyFile)}`,
    `  ca_file: ${quoted(caFile)}`,
    ...(verify ? ['  verify: true'] : []),
    '}',
  ];
}

/** Returns true if `host` can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

const quoted = (text: string): string => JSON.stringify(text);
const bracketed = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host);
