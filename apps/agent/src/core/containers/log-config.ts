import { AWSLOGS_SUBSTITUTE, type Ecs } from '@stowage/domain';
import type { HostConfig } from './docker-json';
import type { HostFacts } from './host-facts';

type DockerLogConfig = NonNullable<HostConfig['LogConfig']>;

/** Returns Docker's log configuration of a container. A local driver with size limits replaces `awslogs`. */
export function logConfig({ logDriver, options = {} }: Ecs.LogConfiguration, { logFiles }: HostFacts): DockerLogConfig {
  if (logDriver !== 'awslogs') return { Type: logDriver, Config: { ...options, ...delivery(options) } };
  return {
    Type: AWSLOGS_SUBSTITUTE,
    Config: { 'max-size': `${String(logFiles.fileMib)}m`, 'max-file': String(logFiles.files), ...delivery(options) },
  };
}

/** Docker accepts a buffer size only together with the mode `non-blocking`, which is the default of ECS. */
function delivery(options: Readonly<Record<string, string>>): DockerLogConfig['Config'] {
  const { mode, 'max-buffer-size': bufferSize } = options;
  if (bufferSize !== undefined) return { mode: mode ?? 'non-blocking', 'max-buffer-size': bufferSize };
  return mode === undefined ? {} : { mode };
}
