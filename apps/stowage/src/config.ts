import { AgentConfig } from '../../agent/src/config';
import { readConfig, RuntimeConfig } from '@stowage/runtime';

/** What the all-in-one takes from the environment, for itself and for all that it starts. */
export interface StowageConfig {
  readonly region: string;
  /** This machine's GPUs, as an agent is told them: its instances share them. */
  readonly gpuIds: readonly string[];
  /** Where load balancers listen, if the environment has it. */
  readonly loadBalancerAddresses?: string;
}

/** @throws ConfigurationError */
export function stowageConfig(environment: NodeJS.ProcessEnv = process.env): StowageConfig {
  const { region } = readConfig(RuntimeConfig, environment);
  const { agentGpuIds: gpuIds } = readConfig(AgentConfig, environment);
  const { STOWAGE_LOAD_BALANCER_ADDRESSES: loadBalancerAddresses } = environment;
  return { region, gpuIds, ...(loadBalancerAddresses && { loadBalancerAddresses }) };
}
