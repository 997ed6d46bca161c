import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  controlPlaneCredentials,
  createAuthority,
  createCertificates,
  isLoopback,
  natsServerConfig,
} from '@stowage/runtime';
import { EVERY_ADDRESS, hostAndPort, LOOPBACK } from '../core/addresses';
import { writeWhole } from './data-folder';
import type { LocalStowageParts } from './local-stowage-parts';
import { processDefaults } from './process-defaults';
import type { ProcessPlan } from './supervised-process';

const POLL_MS = 10;
/** Beginning of the line that NATS sends to each client that connects. */
const GREETING = 'INFO ';
/** Interfaces of Docker's own networks, which lead only to containers. */
const DOCKER_INTERFACE = /^(docker|br-|veth)/;

/** NATS listens on the port after that of the API. */
export const natsPort = ({ options }: Pick<LocalStowageParts, 'options'>): number => options.port + 1;

const configFile = ({ folder }: Pick<LocalStowageParts, 'folder'>): string => join(folder.nats, 'nats.conf');

/** Addresses, keys and certificates with which services and joining machines connect to NATS. */
export interface NatsAccess {
  /** Addresses for the services and agents of this machine. */
  readonly urls: readonly string[];
  /** Addresses for machines that join. */
  readonly outsideUrls: readonly string[];
  readonly authority: string;
  /** Key of the services. */
  readonly credsFile: string;
  /** Certificate authority. If it is set, NATS requires TLS. */
  readonly caFile?: string;
}

/**
 * Generates the keys of the deployment at the first start, and certificates to listen beyond loopback. Writes the
 * configuration.
 */
export async function prepareNats(parts: LocalStowageParts): Promise<NatsAccess> {
  const { folder, options } = parts;
  const authority = await createAuthority(folder.authority);
  const hosts = reachableAt(options.host);
  const ownHost = options.host === EVERY_ADDRESS ? LOOPBACK : options.host;
  const certificates = isLoopback(options.host)
    ? undefined
    : await createCertificates(folder.authority, [...hosts, hostname(), LOOPBACK], Date.now());
  const port = natsPort(parts);
  const config = natsServerConfig({
    authority,
    host: options.host,
    port,
    serverName: 'stowage',
    storeDir: join(folder.nats, 'jetstream'),
    ...(certificates && { certificates }),
  });
  await mkdir(folder.nats, { recursive: true, mode: 0o700 });
  writeWhole(configFile(parts), config);
  return {
    urls: [`nats://${hostAndPort(ownHost, port)}`],
    outsideUrls: hosts.map((host) => `nats://${hostAndPort(host, port)}`),
    authority: authority.directory,
    credsFile: await controlPlaneCredentials(authority),
    ...(certificates && { caFile: certificates.caFile }),
  };
}

/**
 * Returns the addresses of a listener on `host`: the host itself, or all addresses of the machine that lead outside.
 */
function reachableAt(host: string): readonly string[] {
  if (host !== EVERY_ADDRESS) return [host];
  return Object.entries(networkInterfaces())
    .filter(([name]) => !DOCKER_INTERFACE.test(name))
    .flatMap(([, addresses]) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
}

export function natsPlan(parts: LocalStowageParts): ProcessPlan {
  const { folder, tools, options } = parts;
  return {
    ...processDefaults(folder, 'nats'),
    command: tools.natsServer,
    args: ['--config', configFile(parts)],
    ready: (signal) => natsAnswers(options.host, natsPort(parts), signal),
    notReadyBecause: `it does not accept clients at ${hostAndPort(options.host, natsPort(parts))}`,
  };
}

/** Resolves when a NATS server accepts clients at this address, or when `signal` aborts. */
async function natsAnswers(host: string, port: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await greets(host, port))) await delay(POLL_MS);
}

function greets(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setEncoding('utf8').once('data', (text: string) => done(text.startsWith(GREETING)));
    socket.once('error', () => done(false));
    socket.once('close', () => done(false));
  });
}
