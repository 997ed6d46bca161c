import { AgentConfig } from '../../agent/src/config';
import { readConfig, RuntimeConfig } from '@stowage/runtime';

/** Settings of the all-in-one from the environment, for itself and for the processes that it starts. */
export interface StowageConfig {
  readonly region: string;
  /** GPUs of this machine. Its container instances share them. */
  readonly gpuIds: readonly string[];
  /** Address range on which load balancers listen, if the environment sets one. */
  readonly loadBalancerAddresses?: string;
}

/** @throws ConfigurationError if a variable is not valid. */
export function stowageConfig(environment: NodeJS.ProcessEnv = process.env): StowageConfig {
  const { region } = readConfig(RuntimeConfig, environment);
  const { agentGpuIds: gpuIds } = readConfig(AgentConfig, environment);
  const { STOWAGE_LOAD_BALANCER_ADDRESSES: loadBalancerAddresses } = environment;
  return { region, gpuIds, ...(loadBalancerAddresses && { loadBalancerAddresses }) };
}
