import { readFileSync, renameSync } from 'node:fs';
import { type JoinedIdentity, joinDeployment, joinedIdentity, moveIdentity } from '@stowage/runtime';
import { createJoinToken } from '../cli/join-token';
import { ECS_TARGET, type StowageClient } from '../cli/stowage-client';
import type { DataFolder } from './data-folder';
import type { NatsAccess } from './nats-process';
import { seenInstance } from './seen-instance';

/** Lifetime of the join token. The agent uses it at once. */
const TOKEN_SECONDS = 60;

/** The deployment that an agent joins. */
export interface Deployment {
  readonly client: StowageClient;
  readonly endpoint: string;
  readonly nats: NatsAccess;
  readonly report: (sentence: string) => void;
}

/**
 * Joins with a token, like a machine elsewhere. At later starts the agent keeps its instance unless that was
 * deregistered, and updates the addresses, because --host, --port and NATS's port may have changed.
 */
export async function joinedLocally(
  folder: DataFolder,
  name: string,
  { client, endpoint, nats, report }: Deployment,
): Promise<JoinedIdentity> {
  const directory = folder.agent(name);
  const known = joinedIdentity(directory);
  const moved = { natsUrls: nats.urls, ...(nats.caFile && { ca: readFileSync(nats.caFile, 'utf8') }) };
  if (known && (await seenInstance(client, known))) return moveIdentity(directory, known, moved);
  if (known) setAside(folder, name, known, report);
  await client.call(`${ECS_TARGET}.CreateCluster`, {});
  const token = await createJoinToken(client, { expiresInSeconds: TOKEN_SECONDS, oneTime: true });
  return moveIdentity(directory, await joinDeployment(endpoint, token, directory), moved);
}

/**
 * Renames the directory of an instance that left its cluster, because `reset` needs its id to remove its containers.
 */
export function setAside(
  folder: DataFolder,
  name: string,
  { instance }: JoinedIdentity,
  report: Deployment['report'],
): void {
  renameSync(folder.agent(name), folder.agent(`${name}-was-${instance}`));
  report(`Container instance ${instance} left its cluster: ${name} is no longer its agent.`);
}
