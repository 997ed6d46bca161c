import type { AgentIdentity } from '@stowage/domain';
import type { AgentConfig } from './config';
import type { InstanceSettings, LogServices } from './core/control-plane/registration';

const EVERY_ADDRESS = '0.0.0.0';
const LOOPBACK = /^(127\.|::1$)/;

/** Delays between attempts, for every operation that is retried. */
export function retrySettings(config: AgentConfig): { readonly retryMinMs: number; readonly retryMaxMs: number } {
  return { retryMinMs: config.agentRetryMinMs, retryMaxMs: config.agentRetryMaxMs };
}

/** Facts that the agent finds out about itself and its machine. */
interface KnownFacts {
  readonly agentVersion: string;
  readonly canPause: boolean;
  readonly logServices: LogServices;
  readonly plugins: readonly string[];
  /** The address from which the control plane receives this agent's requests. */
  readonly seenAs?: string;
}

/** Combines configuration, identity and facts into the settings that the registration is built from. */
export function instanceSettings(
  config: AgentConfig,
  identity: AgentIdentity,
  { seenAs, ...known }: KnownFacts,
): InstanceSettings {
  const address = config.agentBindIp === EVERY_ADDRESS ? seenAs : config.agentBindIp;
  return {
    cluster: identity.cluster,
    instance: identity.instance,
    ...(config.agentZone && { zone: config.agentZone }),
    ...(address && isReachable(address, config) && { address }),
    instanceType: config.agentInstanceType,
    cpuShare: config.agentCpuShare,
    memoryShare: config.agentMemoryShare,
    reservedMemoryMiB: config.agentReservedMemoryMib,
    reservedPorts: config.agentReservedPorts,
    reservedPortsUdp: config.agentReservedPortsUdp,
    gpuIds: config.agentGpuIds,
    ...(config.agentLogDrivers && { logDrivers: config.agentLogDrivers }),
    customAttributes: config.agentInstanceAttributes,
    tags: Object.entries(config.agentInstanceTags).map(([key, value]) => ({ key, value })),
    ...known,
  };
}

/**
 * Returns false for a loopback address, unless the ports are bound to it. The control plane sees a loopback address only
 * for an agent on its own machine, and that agent needs no address.
 */
function isReachable(address: string, { agentBindIp }: AgentConfig): boolean {
  return address === agentBindIp || !LOOPBACK.test(address);
}
