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
/** NATS greets every client with a line that begins so, once it takes clients. */
const GREETING = 'INFO ';
/** Docker's own networks lead to containers only. */
const DOCKER_INTERFACE = /^(docker|br-|veth)/;

/** NATS listens on the port behind the API's. */
export const natsPort = ({ options }: Pick<LocalStowageParts, 'options'>): number => options.port + 1;

const configFile = ({ folder }: Pick<LocalStowageParts, 'folder'>): string => join(folder.nats, 'nats.conf');

/** How the services of this machine, and the machines that join, reach NATS and are let in. */
export interface NatsAccess {
  /** For the services and agents of this machine. */
  readonly urls: readonly string[];
  /** For the machines that join. */
  readonly outsideUrls: readonly string[];
  readonly authority: string;
  /** Of the services. */
  readonly credsFile: string;
  /** With it, TLS. */
  readonly caFile?: string;
}

/** Makes the deployment's keys and, to listen beyond loopback, certificates, at the first time; writes the configuration. */
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

/** The addresses under which a listener on `host` is reached: itself, or all of the machine's that lead outside. */
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
    notReadyBecause: `it does not take clients at ${hostAndPort(options.host, natsPort(parts))}`,
  };
}

/** Resolves when a NATS server takes clients at this address, or `signal` aborts. */
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
