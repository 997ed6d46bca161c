import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { controlPlaneCredentials, createAuthority, createCertificates, natsServerConfig } from '@stowage/runtime';
import { EVERY_ADDRESS, LOOPBACK } from '../core/addresses';
import { writeClientEnvironment } from '../shell/client-credentials';
import { keptSecret, writeWhole } from '../shell/data-folder';

export interface ClusterPlan {
  /** Output folder. The services see it under the same path. */
  readonly directory: string;
  /** Host names of the NATS nodes as they reach each other. The services use the same names. */
  readonly natsNodes: readonly string[];
  /** `host:port` of the same nodes, as joining machines reach them. */
  readonly natsFromOutside: readonly string[];
  /** Host of the database. Its password is generated. */
  readonly postgresHost: string;
  readonly region: string;
  /** URL of the API, as clients reach it. */
  readonly endpoint: string;
}

const NATS_PORT = 4_222;
const ROUTES_PORT = 6_222;
const POSTGRES_PORT = 5_432;
const PASSWORD_BYTES = 24;

/**
 * Creates the keys, certificates and settings of a distributed deployment: a configuration for each NATS node, the
 * services' settings (`services.env`) and the clients' settings (`env`). A repeated call keeps existing keys.
 */
export async function prepareDeployment(plan: ClusterPlan): Promise<void> {
  const { directory, natsNodes } = plan;
  const authority = await createAuthority(join(directory, 'authority'));
  const outside = plan.natsFromOutside.map((address) => address.split(':')[0] ?? address);
  const hosts = [...new Set([...natsNodes, ...outside, LOOPBACK])];
  const certificates = await createCertificates(authority.directory, hosts, Date.now());
  for (const node of natsNodes) {
    const config = natsServerConfig({
      authority,
      certificates,
      serverName: node,
      host: EVERY_ADDRESS,
      port: NATS_PORT,
      storeDir: '/data/jetstream',
      cluster: {
        name: 'stowage',
        host: EVERY_ADDRESS,
        port: ROUTES_PORT,
        routes: natsNodes.map((other) => `nats-route://${other}:${String(ROUTES_PORT)}`),
      },
    });
    writeWhole(join(directory, `${node}.conf`), config);
  }
  const credsFile = await controlPlaneCredentials(authority);
  writeServiceSettings(plan, { authority: authority.directory, credsFile, caFile: certificates.caFile });
}

function writeServiceSettings(
  { directory, natsNodes, natsFromOutside, postgresHost, region, endpoint }: ClusterPlan,
  nats: { readonly authority: string; readonly credsFile: string; readonly caFile: string },
): void {
  const client = writeClientEnvironment(join(directory, 'env'), endpoint, region);
  const newPassword = (): string => randomBytes(PASSWORD_BYTES).toString('base64url');
  const password = keptSecret(join(directory, 'postgres', 'password'), newPassword);
  const secretFile = join(directory, 'access-key');
  writeWhole(secretFile, client.AWS_SECRET_ACCESS_KEY);
  const database = `postgres://stowage:${password}@${postgresHost}:${String(POSTGRES_PORT)}/postgres`;
  const settings = {
    STOWAGE_REGION: region,
    STOWAGE_NATS_URLS: natsNodes.map((node) => `nats://${node}:${String(NATS_PORT)}`).join(','),
    STOWAGE_NATS_CREDS_FILE: nats.credsFile,
    STOWAGE_NATS_CA_FILE: nats.caFile,
    STOWAGE_JOURNAL_REPLICAS: String(natsNodes.length),
    STOWAGE_SECRET_KEY_FILE: join(directory, 'journal-key'),
    STOWAGE_AUTHORITY_DIR: nats.authority,
    STOWAGE_AGENT_NATS_URLS: natsFromOutside.map((address) => `nats://${address}`).join(','),
    STOWAGE_DATABASE_URL: database,
    STOWAGE_POSTGRES_URL: database,
    STOWAGE_HTTP_HOST: EVERY_ADDRESS,
    STOWAGE_BOOTSTRAP_ACCESS_KEY_ID: client.AWS_ACCESS_KEY_ID,
    STOWAGE_BOOTSTRAP_SECRET_ACCESS_KEY_FILE: secretFile,
  };
  const lines = Object.entries(settings).map(([name, value]) => `export ${name}='${value}'\n`);
  writeWhole(join(directory, 'services.env'), lines.join(''));
}
