import { readConfig, RuntimeConfig } from '@stowage/runtime';

/** What the all-in-one takes from the environment, for itself and for all that it starts. */
export interface StowageConfig {
  readonly region: string;
}

/** @throws ConfigurationError */
export function stowageConfig(environment: NodeJS.ProcessEnv = process.env): StowageConfig {
  const { region } = readConfig(RuntimeConfig, environment);
  return { region };
}
