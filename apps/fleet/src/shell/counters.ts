import type { FleetStats } from '../core/fleet-stats';

/** The numbers that the agents of a fleet update. */
export type Counters = { -readonly [Name in keyof FleetStats]: number };

export function newCounters(instances: number): Counters {
  return {
    instances,
    registered: 0,
    refused: 0,
    cutOff: 0,
    starting: 0,
    running: 0,
    stopping: 0,
    started: 0,
    stopped: 0,
    failed: 0,
    heartbeats: 0,
    reports: 0,
    retries: 0,
  };
}
