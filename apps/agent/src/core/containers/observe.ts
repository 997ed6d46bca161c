import type { EpochMs, HealthStatus } from '@stowage/domain';
import type { ContainerInspect } from './docker-json';

/** The state of one container in Docker, with the agent's names. */
export interface Observed {
  readonly containerId: string;
  /** `created`: the container exists and has never run. `gone`: the container was removed by another program. */
  readonly state: 'created' | 'running' | 'exited' | 'gone';
  readonly exitCode?: number;
  readonly outOfMemory: boolean;
  /** Docker's error for the last start or run. */
  readonly error?: string;
  readonly startedAt?: EpochMs;
  readonly finishedAt?: EpochMs;
  readonly health: HealthStatus;
  readonly ports: ContainerInspect['NetworkSettings']['Ports'];
}

/** Converts the response of Docker's inspect request. */
export function observe(inspect: ContainerInspect): Observed {
  const { State: state } = inspect;
  const startedAt = moment(state.StartedAt);
  const finishedAt = moment(state.FinishedAt);
  const exited = !state.Running && startedAt !== undefined;
  return {
    containerId: inspect.Id,
    state: state.Running ? 'running' : exited ? 'exited' : 'created',
    ...(exited && { exitCode: state.ExitCode }),
    outOfMemory: exited && state.OOMKilled && state.ExitCode !== 0,
    ...(state.Error !== '' && { error: state.Error }),
    ...(startedAt !== undefined && { startedAt }),
    ...(finishedAt !== undefined && exited && { finishedAt }),
    health: health(state.Health?.Status),
    ports: inspect.NetworkSettings.Ports,
  };
}

/** Returns the state of a container that was just created. */
export function created(containerId: string): Observed {
  return { containerId, state: 'created', outOfMemory: false, health: 'UNKNOWN', ports: {} };
}

/** Returns the state of a container that was removed. Its exit code is unknown. */
export function observeGone(last: Observed): Observed {
  return { ...last, state: 'gone', ports: {} };
}

/** Docker writes the year 1 for "never". */
function moment(text: string): EpochMs | undefined {
  const at = Date.parse(text);
  return Number.isFinite(at) && at > 0 ? at : undefined;
}

/** ECS reports UNKNOWN while a health check is starting. */
function health(status: string | undefined): HealthStatus {
  if (status === 'healthy') return 'HEALTHY';
  return status === 'unhealthy' ? 'UNHEALTHY' : 'UNKNOWN';
}
