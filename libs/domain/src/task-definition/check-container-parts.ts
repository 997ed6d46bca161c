import type * as Ecs from '../ecs/shapes';
import { clientError } from '../refusal';

/** Bounds, both inclusive, in seconds except for `retries` (ecs-api 5.4.2). */
const HEALTH_CHECK_RANGES = {
  interval: [5, 300],
  timeout: [2, 60],
  retries: [1, 10],
  startPeriod: [0, 300],
} as const;
const TIMEOUT_MIN_SECONDS = 2;
const RESTART_PERIOD_SECONDS = [60, 1_800] as const;
const IGNORED_EXIT_CODES_MAX = 50;

type Container = Ecs.ContainerDefinition;
type Range = readonly [number, number];

const isWithin = (value: number, [least, most]: Range): boolean => value >= least && value <= most;

export function checkHealthCheck({ name = '', healthCheck }: Container): void {
  if (!healthCheck) return;
  const [kind, ...rest] = healthCheck.command;
  if ((kind !== 'CMD' && kind !== 'CMD-SHELL') || rest.length === 0) {
    throw clientError(
      `Invalid 'healthCheck' setting for container '${name}'. The command must start with CMD or CMD-SHELL, followed by what to run.`,
    );
  }
  for (const setting of ['interval', 'timeout', 'retries', 'startPeriod'] as const) {
    const value = healthCheck[setting];
    const [least, most] = HEALTH_CHECK_RANGES[setting];
    if (value !== undefined && !isWithin(value, [least, most])) {
      throw clientError(
        `Invalid 'healthCheck' setting for container '${name}'. '${setting}' must be between ${least} and ${most}.`,
      );
    }
  }
}

export function checkTimeouts({ name = '', startTimeout, stopTimeout }: Container): void {
  for (const [which, seconds] of Object.entries({ start: startTimeout, stop: stopTimeout })) {
    if (seconds !== undefined && seconds < TIMEOUT_MIN_SECONDS) {
      throw clientError(
        `Granular ${which} timeout on container '${name}' must be at least ${TIMEOUT_MIN_SECONDS} seconds.`,
      );
    }
  }
}

export function checkRestartPolicy({ name = '', restartPolicy }: Container): void {
  const period = restartPolicy?.restartAttemptPeriod;
  const [least, most] = RESTART_PERIOD_SECONDS;
  if (period !== undefined && !isWithin(period, RESTART_PERIOD_SECONDS)) {
    throw clientError(
      `Invalid 'restartPolicy' setting: the 'restartAttemptPeriod' setting for container '${name}' must be between ${least} and ${most}.`,
    );
  }
  if ((restartPolicy?.ignoredExitCodes ?? []).length > IGNORED_EXIT_CODES_MAX) {
    throw clientError(
      `Invalid 'restartPolicy' setting: the 'ignoredExitCodes' setting for container '${name}' can have at most ${IGNORED_EXIT_CODES_MAX} exit codes.`,
    );
  }
}
