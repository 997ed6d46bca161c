import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClientEnvironment } from '../core/environment-file';
import { loadBalancerBlock } from '../core/load-balancer-block';
import { writeWhole } from './data-folder';
import type { LocalStowageParts } from './local-stowage-parts';
import type { NatsAccess } from './nats-process';
import { HAPROXY, markOf } from './own-processes';
import { type PostgresPlace, postgresUrl } from './postgres-process';
import { processDefaults, READY_TIMEOUT_MS } from './process-defaults';
import type { ProcessPlan } from './supervised-process';

const POLL_MS = 20;
const ANSWER_TIMEOUT_MS = 5_000;

export interface ControlPlaneNeeds {
  readonly client: ClientEnvironment;
  readonly postgres: PostgresPlace;
  readonly nats: NatsAccess;
}

/** Returns the plan of the process that runs all services of the control plane. */
export function controlPlanePlan(parts: LocalStowageParts, { client, postgres, nats }: ControlPlaneNeeds): ProcessPlan {
  const { folder, options, config, tools } = parts;
  const secretFile = join(folder.secrets, 'access-key');
  writeWhole(secretFile, client.AWS_SECRET_ACCESS_KEY);
  const settings = {
    STOWAGE_NATS_URLS: nats.urls.join(','),
    STOWAGE_NATS_CREDS_FILE: nats.credsFile,
    ...(nats.caFile && { STOWAGE_NATS_CA_FILE: nats.caFile }),
    STOWAGE_AUTHORITY_DIR: nats.authority,
    STOWAGE_AGENT_NATS_URLS: nats.outsideUrls.join(','),
    STOWAGE_SECRET_KEY_FILE: join(folder.secrets, 'journal-key'),
    STOWAGE_REGION: config.region,
    STOWAGE_START_TIMEOUT_MS: String(READY_TIMEOUT_MS),
    STOWAGE_DATA_DIR: folder.controlPlane,
    STOWAGE_DATABASE_URL: postgresUrl(postgres),
    STOWAGE_POSTGRES_URL: postgresUrl(postgres),
    STOWAGE_LOAD_BALANCER_ADDRESSES: config.loadBalancerAddresses ?? loadBalancerBlock(options.port),
    STOWAGE_HAPROXY_PROGRAM: tools.haproxy,
    STOWAGE_HAPROXY_DIR: folder.haproxy,
    STOWAGE_HAPROXY_PROCESS: markOf(folder.path, HAPROXY),
    STOWAGE_CERTIFICATES_DIR: folder.certificates,
    STOWAGE_HTTP_HOST: options.host,
    STOWAGE_HTTP_PORT: String(options.port),
    STOWAGE_BOOTSTRAP_ACCESS_KEY_ID: client.AWS_ACCESS_KEY_ID,
    STOWAGE_BOOTSTRAP_SECRET_ACCESS_KEY_FILE: secretFile,
  };
  writeWhole(folder.controlPlaneSettings, JSON.stringify(settings));
  return {
    ...processDefaults(folder, 'control-plane', settings),
    command: process.execPath,
    args: [join(__dirname, '..', 'control-plane.js')],
    ready: (signal) => gatewayAnswers(client.AWS_ENDPOINT_URL, signal),
    notReadyBecause: `its API does not answer at ${client.AWS_ENDPOINT_URL}`,
  };
}

/** Resolves when the gateway responds, which starts last. */
async function gatewayAnswers(endpoint: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // Each request has its own signal, because fetch leaves a listener on the signal that it receives.
    const answered = await fetch(`${endpoint}/health`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answered) return;
    await delay(POLL_MS);
  }
}
