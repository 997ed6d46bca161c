import type { AgentIdentity } from '@stowage/domain';
import type { AgentConfig } from './config';
import type { InstanceSettings, LogServices } from './core/control-plane/registration';

const EVERY_ADDRESS = '0.0.0.0';
const LOOPBACK = /^(127\.|::1$)/;

/** Pauses between attempts, for everything that is tried again. */
export function retrySettings(config: AgentConfig): { readonly retryMinMs: number; readonly retryMaxMs: number } {
  return { retryMinMs: config.agentRetryMinMs, retryMaxMs: config.agentRetryMaxMs };
}

/** What the agent finds out about itself and the machine. */
interface KnownFacts {
  readonly agentVersion: string;
  readonly canPause: boolean;
  readonly logServices: LogServices;
  readonly plugins: readonly string[];
  /** The address from which the control plane receives this agent's requests. */
  readonly seenAs?: string;
}

/** What the instance says of itself. */
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

/** On the control plane's own machine there is nothing to say, unless the ports are on one of its loopback addresses. */
function isReachable(address: string, { agentBindIp }: AgentConfig): boolean {
  return address === agentBindIp || !LOOPBACK.test(address);
}
