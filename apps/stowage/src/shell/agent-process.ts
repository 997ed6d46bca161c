import { totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type JoinedIdentity, joinDeployment, joinedIdentity } from '@stowage/runtime';
import { createJoinToken } from '../cli/join-token';
import { ECS_TARGET, fieldsOf, type StowageClient } from '../cli/stowage-client';
import { EVERY_ADDRESS } from '../core/addresses';
import { type InstancePlan, planInstances } from '../core/instance-plan';
import { writeWhole } from './data-folder';
import type { LocalStowageParts } from './local-stowage-parts';
import type { NatsAccess } from './nats-process';
import { processDefaults, READY_TIMEOUT_MS } from './process-defaults';
import type { ProcessPlan } from './supervised-process';

const BYTES_PER_MIB = 1024 * 1024;
/** The agent uses it at once. */
const TOKEN_SECONDS = 60;
const POLL_MS = 50;

/** What an agent joins. */
export interface Deployment {
  readonly client: StowageClient;
  readonly endpoint: string;
  readonly nats: NatsAccess;
}

/** What the agents of this machine are told. */
export function localInstances({ options, config }: LocalStowageParts): readonly InstancePlan[] {
  const bindAddress = options.host === EVERY_ADDRESS ? EVERY_ADDRESS : options.host;
  const memoryMib = Math.floor(totalmem() / BYTES_PER_MIB);
  return planInstances(options.instances, { region: config.region, memoryMib, gpuIds: config.gpuIds, bindAddress });
}

/** Joins as a machine elsewhere would, with a token; at later starts it is the instance that it was. */
export async function joinedLocally(
  { folder }: LocalStowageParts,
  instance: InstancePlan,
  { client, endpoint, nats }: Deployment,
): Promise<JoinedIdentity> {
  const directory = folder.agent(instance.name);
  const known = joinedIdentity(directory);
  if (known) return movedTo(nats.urls, known, directory);
  await client.call(`${ECS_TARGET}.CreateCluster`, {});
  const token = await createJoinToken(client, { expiresInSeconds: TOKEN_SECONDS, oneTime: true });
  return joinDeployment(endpoint, token, directory);
}

/** Another --port or --host than last time: NATS is elsewhere. */
function movedTo(natsUrls: readonly string[], known: JoinedIdentity, directory: string): JoinedIdentity {
  const identity = { ...known, natsUrls };
  writeWhole(join(directory, 'identity.json'), JSON.stringify(identity));
  return identity;
}

export function agentPlan(
  { folder, tools }: LocalStowageParts,
  instance: InstancePlan,
  connected: (signal: AbortSignal) => Promise<void>,
): ProcessPlan {
  const settings = {
    STOWAGE_AGENT_DATA_DIR: folder.agent(instance.name),
    STOWAGE_AGENT_ZONE: instance.availabilityZone,
    STOWAGE_AGENT_BIND_IP: instance.bindAddress,
    STOWAGE_AGENT_CPU_SHARE: String(instance.share),
    STOWAGE_AGENT_MEMORY_SHARE: String(instance.share),
    STOWAGE_AGENT_RESERVED_MEMORY_MIB: String(instance.reservedMemoryMib),
    STOWAGE_AGENT_GPU_IDS: instance.gpuIds.join(),
    STOWAGE_AGENT_DOCKER_SOCKET: tools.docker,
    STOWAGE_AGENT_CONNECT_TIMEOUT_MS: String(READY_TIMEOUT_MS),
  };
  return {
    ...processDefaults(folder, instance.name, settings),
    command: process.execPath,
    args: [join(__dirname, '..', '..', '..', 'agent', 'src', 'main.js')],
    ready: connected,
    notReadyBecause: 'the control plane does not show it as connected',
  };
}

/** Resolves when the control plane shows this instance as connected: tasks can be placed on it. */
export async function whenConnected(
  client: StowageClient,
  { cluster, instance }: JoinedIdentity,
  signal: AbortSignal,
): Promise<void> {
  const question = { cluster, containerInstances: [instance] };
  while (!signal.aborted) {
    const answer = await client.call(`${ECS_TARGET}.DescribeContainerInstances`, question).catch(() => undefined);
    if (isConnected(answer)) return;
    await delay(POLL_MS);
  }
}

function isConnected(answer: unknown): boolean {
  const { containerInstances } = fieldsOf(answer);
  return (
    Array.isArray(containerInstances) &&
    containerInstances.some((instance) => fieldsOf(instance)['agentConnected'] === true)
  );
}
