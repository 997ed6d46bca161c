import { type InstanceId, invariant } from '@stowage/domain';
import type { Runtime } from '@stowage/runtime';
import { FLEET_DEFAULTS, type FleetOptions, INSTANCES_MAX } from './core/fleet-options';
import type { FleetStats } from './core/fleet-stats';
import { newCounters } from './shell/counters';
import { SimulatedAgent } from './shell/simulated-agent';

/** So many agents register at once. */
const REGISTRATIONS_MAX = 64;

/** Simulated agents on one connection. */
export interface Fleet {
  readonly instances: readonly InstanceId[];
  stats(): FleetStats;
  /** Cuts one instance off for a while. */
  cutOff(instance: InstanceId, lastsMs: number): void;
  /** All fall silent, as if the power had gone. The connection is the caller's. */
  close(): void;
}

/**
 * Starts a fleet on a connection that may speak for every agent; resolves when each of them is registered and has
 * looked for work, or was refused. `onBegin` gets the fleet before that, to watch it come up.
 */
export async function startFleet(
  nats: Runtime['nats'],
  given: Partial<FleetOptions> = {},
  onBegin: (fleet: Fleet) => void = () => undefined,
): Promise<Fleet> {
  const options = { ...FLEET_DEFAULTS, ...given };
  invariant(options.instances <= INSTANCES_MAX, `A fleet has at most ${String(INSTANCES_MAX)} instances.`);
  const counters = newCounters(options.instances);
  const agents = Array.from(
    { length: options.instances },
    (_, number) => new SimulatedAgent(nats, number, options, counters),
  );
  const fleet: Fleet = {
    instances: agents.map(({ instance }) => instance),
    stats: () => ({ ...counters }),
    cutOff: (instance, lastsMs) => agents.find((agent) => agent.instance === instance)?.cutOff(lastsMs),
    close: () => {
      for (const agent of agents) agent.close();
    },
  };
  onBegin(fleet);
  const waiting = [...agents];
  const startOneByOne = async (): Promise<void> => {
    for (let agent = waiting.shift(); agent; agent = waiting.shift()) await agent.start();
  };
  await Promise.all(Array.from({ length: REGISTRATIONS_MAX }, startOneByOne));
  return fleet;
}
