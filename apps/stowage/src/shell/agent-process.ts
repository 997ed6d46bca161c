import { readFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { JoinedIdentity } from '@stowage/runtime';
import type { StowageClient } from '../cli/stowage-client';
import { type InstancePlan, planInstances } from '../core/instance-plan';
import type { LocalStowageParts } from './local-stowage-parts';
import { processDefaults, READY_TIMEOUT_MS } from './process-defaults';
import { seenInstance } from './seen-instance';
import type { ProcessPlan } from './supervised-process';

const BYTES_PER_MIB = 1024 * 1024;
const POLL_MS = 50;

/** Returns the plans of the agents of this machine if `count` of them share it. */
export function localInstances({ options, config }: LocalStowageParts, count: number): readonly InstancePlan[] {
  const memoryMib = Math.floor(totalmem() / BYTES_PER_MIB);
  return planInstances(count, {
    region: config.region,
    memoryMib,
    gpuIds: config.gpuIds,
    bindAddress: options.host,
  });
}

export function agentPlan(
  { folder, tools }: LocalStowageParts,
  instance: InstancePlan,
  connected: (signal: AbortSignal) => Promise<void>,
): ProcessPlan {
  const readyFile = join(folder.agent(instance.name), 'registered');
  const settings = {
    STOWAGE_AGENT_READY_FILE: readyFile,
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
    ready: async (signal, pid) => {
      // The control plane may still show the connection of the previous agent.
      await whenRegistered(readyFile, pid, signal);
      await connected(signal);
    },
    notReadyBecause: 'the control plane does not show it as connected',
  };
}

/** A file of an earlier agent has another process id. */
async function whenRegistered(readyFile: string, pid: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && (await readFile(readyFile, 'utf8').catch(() => '')) !== String(pid)) await delay(POLL_MS);
}

/** Resolves when the control plane shows this instance as connected, so that tasks can be placed on it. */
export async function whenConnected(
  client: StowageClient,
  identity: JoinedIdentity,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    if ((await seenInstance(client, identity).catch(() => undefined))?.connected) return;
    await delay(POLL_MS);
  }
}
