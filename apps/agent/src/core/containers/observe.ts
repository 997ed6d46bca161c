import type { EpochMs, HealthStatus } from '@stowage/domain';
import type { ContainerInspect } from './docker-json';

/** What Docker says of one container, in the agent's words. */
export interface Observed {
  readonly containerId: string;
  /** `created`: made, never ran. `gone`: it was there, and somebody removed it. */
  readonly state: 'created' | 'running' | 'exited' | 'gone';
  readonly exitCode?: number;
  readonly outOfMemory: boolean;
  /** Docker's own complaint about the last start or run. */
  readonly error?: string;
  readonly startedAt?: EpochMs;
  readonly finishedAt?: EpochMs;
  readonly health: HealthStatus;
  readonly ports: ContainerInspect['NetworkSettings']['Ports'];
}

/** docker inspect -> {@link Observed}. */
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

/** A container that was made a moment ago. */
export function created(containerId: string): Observed {
  return { containerId, state: 'created', outOfMemory: false, health: 'UNKNOWN', ports: {} };
}

/** A container that was there and is no more; its exit code went with it. */
export function observeGone(last: Observed): Observed {
  return { ...last, state: 'gone', ports: {} };
}

/** Docker writes year 1 for "never". */
function moment(text: string): EpochMs | undefined {
  const at = Date.parse(text);
  return Number.isFinite(at) && at > 0 ? at : undefined;
}

/** While a check is starting, ECS says UNKNOWN. */
function health(status: string | undefined): HealthStatus {
  if (status === 'healthy') return 'HEALTHY';
  return status === 'unhealthy' ? 'UNHEALTHY' : 'UNKNOWN';
}
