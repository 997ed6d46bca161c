import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NatsConnection } from 'nats';
import type { JoinGrant } from './join';
import { agentCredentials, agentPublicKey, type Authority, newAgentKeys } from '../authority/authority';
import { connectNats, type NatsOptions } from '../nats-connection';
import { readOrCreatePrivate } from '../private-files';
import { agentInboxPrefix } from '../subjects';
import { type JoinedIdentity, keepIdentity } from './join-deployment';

/**
 * Creates the identity of an agent on the control plane's own machine. No token is needed, because the caller has the
 * authority's keys.
 */
export async function admitAgent(
  authority: Authority,
  wanted: Pick<JoinGrant, 'cluster' | 'instance' | 'natsUrls'> & { readonly caFile?: string },
  directory: string,
): Promise<JoinedIdentity> {
  const seed = readOrCreatePrivate(join(directory, 'agent.seed'), () => newAgentKeys().seed);
  const jwt = await agentCredentials(authority, agentPublicKey(seed), wanted.instance);
  const { cluster, instance, natsUrls, caFile } = wanted;
  const ca = caFile && readFileSync(caFile, 'utf8');
  return keepIdentity(directory, { jwt, cluster, instance, natsUrls, ...(ca && { ca }) }, seed);
}

/**
 * Connects an agent with its own credentials and its own inbox prefix.
 * @throws NatsUnreachable if NATS cannot be reached or rejects the credentials.
 */
export function connectAgent(
  { instance, natsUrls, credsFile, caFile }: JoinedIdentity,
  timings: Pick<NatsOptions, 'reconnectMs' | 'connectTimeoutMs'>,
): Promise<NatsConnection> {
  return connectNats({
    ...timings,
    servers: natsUrls,
    name: `agent-${instance}`,
    credsFile,
    ...(caFile && { caFile }),
    inboxPrefix: agentInboxPrefix(instance),
  });
}
