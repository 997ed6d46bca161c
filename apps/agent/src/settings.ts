import { readFile } from 'node:fs/promises';
import type { AgentIdentity } from '@stowage/domain';
import type { AgentConfig } from './config';
import { NO_AUTHS, parseAuthData, type RegistryAuths } from './core/registry-auth';
import type { InstanceSettings } from './core/registration';

const EVERY_ADDRESS = '0.0.0.0';

/** Pauses between attempts, for everything that is tried again. */
export function retrySettings(config: AgentConfig): { readonly retryMinMs: number; readonly retryMaxMs: number } {
  return { retryMinMs: config.agentRetryMinMs, retryMaxMs: config.agentRetryMaxMs };
}

/** What the instance says of itself. */
export function instanceSettings(
  config: AgentConfig,
  identity: AgentIdentity,
  known: { readonly agentVersion: string; readonly canPause: boolean },
): InstanceSettings {
  return {
    cluster: identity.cluster,
    instance: identity.instance,
    ...(config.agentZone && { zone: config.agentZone }),
    ...(config.agentBindIp !== EVERY_ADDRESS && { address: config.agentBindIp }),
    instanceType: config.agentInstanceType,
    cpuShare: config.agentCpuShare,
    memoryShare: config.agentMemoryShare,
    reservedMemoryMiB: config.agentReservedMemoryMib,
    reservedPorts: config.agentReservedPorts,
    reservedPortsUdp: config.agentReservedPortsUdp,
    customAttributes: config.agentInstanceAttributes,
    tags: Object.entries(config.agentInstanceTags).map(([key, value]) => ({ key, value })),
    ...known,
  };
}

/** The credentials for private registries. @throws Error in a sentence when the file is not what it should be. */
export async function registryAuths({
  agentEngineAuthFile: file,
  agentEngineAuthType: type,
}: AgentConfig): Promise<RegistryAuths> {
  if (file === undefined) return NO_AUTHS;
  return parseAuthData(type, JSON.parse(await readFile(file, 'utf8')));
}
